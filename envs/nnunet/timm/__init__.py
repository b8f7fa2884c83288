"""A stand-in for the package timm, which needs torchvision.

nnU-Net imports every trainer that it has to find one. Those of transformers import timm,
and fail here when they are used, not when they are imported.
"""
