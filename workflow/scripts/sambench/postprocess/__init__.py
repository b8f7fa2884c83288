"""What a protocol does to a prediction before it is scored."""

from sambench.postprocess.masks import POST_PROCESSING, post_process

__all__ = ["POST_PROCESSING", "post_process"]
