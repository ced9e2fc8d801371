"""The course on a stick, for a room without a network: `aigc pack`.

`pack` fills the folder while there is a network; `install` is copied into it and is run
on each machine of the room. `install` needs nothing but Python.
"""
