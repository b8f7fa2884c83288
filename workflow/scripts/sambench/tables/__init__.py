"""Tables under one protocol: pure functions of score rows, without torch."""
