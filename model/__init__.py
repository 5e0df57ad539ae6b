"""IMAP's multi-access semantics as pure state machines: no I/O, no clock, no choices of its own."""
