"""What the web applications share: who may ask, what a page may load, serving, templates, media.

Needs the extra `viewer`.
"""
