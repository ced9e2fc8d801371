"""The website: from the built notebooks to pages, and the checks of the pages.

`main` tells the story. `packages` brings Sphinx and MathJax, `notebooks` makes a page
of a chapter, `tables`, `misconceptions`, `reference` and `records` the pages about the
course, `labs` the scripts of the labs. `finish` mends what Sphinx wrote, `speech` says
the equations, `index` makes the search. `check/` opens every page in a browser.
"""
