"""Tables under one protocol: pure functions of score rows, without torch.

`scores`, `context` and `metric` are everywhere what
`sambench.tables.aggregate.build_table` says.
"""
