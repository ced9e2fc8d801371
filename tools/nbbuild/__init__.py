"""How chapters become notebooks; `tools/build_notebooks.py` is the command."""
