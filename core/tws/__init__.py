"""The anti-corruption layer over ib_async: raw callbacks in, our events out, our requests onto the wire.

Of ib_async only the encoder, the decoder, the socket and the dataclasses are used. Its `IB` and `Wrapper`,
which keep orders, statuses and errors of their own, are never made: nothing here can believe them.
"""
