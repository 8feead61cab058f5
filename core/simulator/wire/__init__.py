"""The TWS wire protocol, versions 157 to 178: bytes to requests, facts to bytes.

Pure text work: nothing here knows a socket, a session or the market's rules. Layouts are tables
whose rows carry the versions they belong to; a new field or message is a new row.
"""
