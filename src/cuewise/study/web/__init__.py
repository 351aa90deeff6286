"""The pages that raters see, and the server that takes in what they say.

`app` says which page is where; a module makes each page: `welcome`, `item_page`, `end`, `overview`. `answers` checks
what comes in, `forms` reads it where a browser runs no script.
"""
