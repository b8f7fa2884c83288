"""DB-SAM: a frozen SAM encoder and a convolution branch that exchange features.

Qin et al., MICCAI 2024. No licence and no weights were published and the released code
cannot be imported, so the parts here are written from a description. Each part says
where its form comes from:

[C]
    read in the released code.
[R]
    measured: it gives the numbers of the reference implementation.
[F]
    read off the figure of the architecture.
[I]
    inferred; nothing published confirms it.

A map is `(B, H, W, C)` throughout, as in SAM's encoder.
"""
