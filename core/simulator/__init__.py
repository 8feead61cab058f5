"""A gateway of our own: speaks the TWS wire protocol on loopback, for demo, practice and proof.

`model` names the values; `catalogue`, `tape`, `exchange` and `margin` are the market (pure,
seeded, told the time); `wire`, `session` and `server` are the protocol. The market never sees
bytes and the protocol never decides a fill: they meet in `model`.
"""
