"""The studies, one in each module: `ring_8.py` has the function that makes `ring-8`.

A new file is found by its name; there is no list of them.
"""
