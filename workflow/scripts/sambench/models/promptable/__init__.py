"""Being dissolved: prompts as tensors."""
