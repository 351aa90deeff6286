"""Makes the clips that Cuewise ships: drawn talking faces with synthetic voices, annotated by construction.

In the order in which a clip comes to be: `cast` (who), `profiles` (what an emotion looks and sounds like),
`takes` (what is said), `planning` (seeded choice of speaker and cues), `voice` (speech), `timeline` (cues over
time), `acting` (cues and speech to the pose of the face), `canvas`, `face` and `scene` (pose to picture), `noise`
(for the noisy task), `studio` (a whole clip, encoded) and `__main__` (the data set and its manifest).
"""
