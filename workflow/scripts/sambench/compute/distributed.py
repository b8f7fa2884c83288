"""The processes that share one training; most trainings have one."""

import torch
import torch.distributed as dist
from torch import Tensor, nn


def world_size() -> int:
    """Return the number of processes that share this training."""
    return dist.get_world_size() if dist.is_initialized() else 1


def rank() -> int:
    """Return the number of this process, from 0."""
    return dist.get_rank() if dist.is_initialized() else 0


def pooled(values: Tensor) -> Tensor:
    """Sum values over the processes of a training; gradients flow through the sum."""
    if world_size() == 1:
        return values
    from torch.distributed.nn.functional import all_reduce

    return all_reduce(values)


def pooled_mean(values: Tensor, chosen: Tensor | None = None) -> Tensor:
    """Average values over the processes of a training, each value counting as much.

    Parameters
    ----------
    values : Tensor
        Values of any shape.
    chosen : Tensor of bool, optional
        Values that count, of the same shape; the mean is 0 if there are none.
    """
    count = values.new_full((), values.numel()) if chosen is None else chosen.sum()
    if chosen is not None:
        # `where`, as a value that is not finite would survive a factor of zero
        values = values.where(chosen, 0)
    total, count = pooled(torch.stack([values.sum(), count.to(values)]))
    return total / count.clamp(min=1)


def average_gradients(parameters: list[nn.Parameter]) -> None:
    """Replace gradients by their mean over processes.

    A parameter without a gradient in every process keeps none.
    """
    if world_size() == 1:
        return
    there = [parameter.grad is not None for parameter in parameters]
    count = torch.tensor(there, dtype=torch.int32, device=parameters[0].device)
    dist.all_reduce(count)
    chosen = [p for p, n in zip(parameters, count.tolist(), strict=True) if n]
    if not chosen:
        return
    for parameter in chosen:
        if parameter.grad is None:
            parameter.grad = torch.zeros_like(parameter)
    flat = torch.cat([p.grad.flatten() for p in chosen])
    dist.all_reduce(flat)
    flat /= world_size()
    parts = flat.split([p.numel() for p in chosen])
    for parameter, part in zip(chosen, parts, strict=True):
        parameter.grad.copy_(part.view_as(parameter))


class SharedBatchNorm(nn.Module):
    """Batch normalisation over the batches of all processes, on CPUs too.

    Mixed into the classes of torch by `share_batch_norm`; torch's own synchronised form
    needs GPUs.
    """

    def forward(self, x: Tensor) -> Tensor:
        """Normalise `(N, C, ...)` by the statistics of the whole batch."""
        if not self.training or world_size() == 1:
            return super().forward(x)
        dims = [0, *range(2, x.ndim)]
        wide = x.float()
        sums = torch.stack([wide.sum(dims), wide.square().sum(dims)])
        count = wide.numel() // wide.shape[1] * world_size()
        mean, square = pooled(sums) / count
        variance = (square - mean.square()).clamp(min=0)
        if self.track_running_stats:
            with torch.no_grad():
                self.num_batches_tracked += 1
                factor = self.momentum
                if factor is None:
                    factor = 1 / self.num_batches_tracked
                unbiased = variance * count / max(count - 1, 1)
                self.running_mean.lerp_(mean.to(self.running_mean), factor)
                self.running_var.lerp_(unbiased.to(self.running_var), factor)
        shape = [1, -1] + [1] * (x.ndim - 2)
        scale = (variance + self.eps).rsqrt()
        offset = -mean * scale
        if self.affine:
            scale = scale * self.weight
            offset = offset * self.weight + self.bias
        return (wide * scale.view(shape) + offset.view(shape)).to(x.dtype)


def share_batch_norm(module: nn.Module) -> None:
    """Let the batch normalisations of a module work on the batch of all processes."""
    if world_size() == 1:
        return
    for part in module.modules():
        kind = type(part)
        if isinstance(part, nn.modules.batchnorm._BatchNorm):
            name = f"Shared{kind.__name__}"
            part.__class__ = type(name, (SharedBatchNorm, kind), {})
