"""A stand-in for the package timm, which needs torchvision.

nnU-Net imports all of its trainers to find one. Those of transformers import timm,
and fail here when they are used, not when they are imported.
"""
