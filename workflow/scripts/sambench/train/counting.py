"""Run a training step on tensors without numbers, and count what it would cost.

Torch's fake tensors know their shapes and the device that they stand for, so each
operation is the one that this device would run, and nothing is computed. What depends
on numbers is counted as if it happened: every condition holds, masks choose all that
they cover, and of the places (slice, structure) that are listed there is one a slice.
"""

import weakref
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch._subclasses.fake_tensor import (
    FakeTensor,
    FakeTensorMode,
    in_kernel_invocation_manager,
)
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import (
    flop_registry,
    sdpa_backward_flop_count,
    sdpa_flop_count,
)

from sambench.train.shapes import PLAIN, SHAPES

aten = torch.ops.aten
_DEVICE = torch.ops.prim.device.default
_CPU = torch.device("cpu")

HOLES = 1.2  # bytes that a heap takes for each in use: 1.05 to 1.4 in speed/README.md

# Every tensor of a process belongs to one mode, which remembers the shapes that each
# operation gave.
FAKE = FakeTensorMode(allow_non_fake_inputs=True)


class Counter(TorchDispatchMode):
    """Counts the operations of a block and the memory that is held in it.

    Attributes
    ----------
    flops : int
        Floating point operations of products, convolutions and attention.
    """

    def __init__(self) -> None:
        super().__init__()
        self.flops = self._held = self._most = self._workspace = 0
        self._known: dict[int, weakref.ref] = {}

    @property
    def peak(self) -> int:
        """The most bytes that tensors made within the block took, holes included.

        And the largest workspace of an operation, see `WORKSPACES`, whatever the moment
        needs of it: the hole that it leaves rarely fits the tensors that follow.
        """
        return round(HOLES * self._most) + self._workspace

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        """Nothing is compiled here, and what guards it costs as much as counting."""
        return False

    def __torch_dispatch__(self, operation, types, args=(), kwargs=None) -> Any:
        """Run one operation and count it."""
        if operation is _DEVICE:
            return args[0].fake_device
        kwargs = kwargs or {}
        if operation in _INDEXING:
            args = (args[0], _by_number(args[1]), *args[2:])
        answer = _ANSWERS.get(operation)
        if answer:
            found = answer(args[0])
        elif operation in SHAPES:
            found = _empty(SHAPES[operation](*args))
        elif operation in PLAIN and type(args[0]) is FakeTensor:
            found = _run_plainly(operation, args, kwargs)
        else:
            found = operation(*args, **kwargs)
        packet = operation._overloadpacket
        formula = flop_registry.get(packet) or _FORMULAS.get(packet)
        if formula:
            self.flops += formula(*args, **kwargs, out_val=found)
        for tensor in found if isinstance(found, list | tuple) else (found,):
            if isinstance(tensor, Tensor):
                self._hold(tensor.untyped_storage())
        workspace = WORKSPACES.get(operation)
        if workspace:
            self._workspace = max(self._workspace, workspace(args, found))
        self._most = max(self._most, self._held)
        return found

    def _hold(self, storage: torch.UntypedStorage) -> None:
        key = storage._cdata
        if key in self._known:
            return
        size = storage.nbytes()

        def drop(_: Any) -> None:
            self._held -= size
            del self._known[key]

        self._known[key] = weakref.ref(storage, drop)
        self._held += size


def _run_plainly(operation: Any, args: Sequence[Any], kwargs: Any) -> Any:
    """Run what the shapes alone decide, past what the mode looks up for each call."""
    if operation._schema.is_mutable:
        return args[0]
    with in_kernel_invocation_manager(FAKE):
        found = operation(*args, **kwargs)
    if isinstance(found, Tensor):
        return FakeTensor(FAKE, found, _CPU)
    return type(found)(
        FakeTensor(FAKE, each, _CPU) if isinstance(each, Tensor) else each
        for each in found
    )


def _empty(shapes: Any) -> Any:
    """Return tensors without numbers, in float32: of one shape or of several."""
    if not isinstance(shapes, tuple):
        with in_kernel_invocation_manager(FAKE):
            found = torch.empty(shapes, device="meta")
        return FakeTensor(FAKE, found, _CPU)
    return tuple(None if shape is None else _empty(shape) for shape in shapes)


def _item(tensor: Tensor) -> Any:
    if tensor.dtype == torch.bool:
        return True
    return 1.0 if tensor.is_floating_point() else 1


def _one_each(tensor: Tensor) -> Tensor:
    return torch.empty(tensor.shape[0], tensor.dim(), dtype=torch.long)


def _by_number(indices: Sequence[Tensor | None]) -> list[Tensor | None]:
    """Turn masks among the indices of a tensor into numbers of all that they cover."""
    found: list[Tensor | None] = []
    for index in indices:
        if index is not None and index.dtype == torch.bool:
            shape = (index.numel(), index.dim())
            found += torch.empty(shape, dtype=torch.long).unbind(1)
        else:
            found.append(index)
    return found


_ANSWERS: dict[Any, Callable[[Tensor], Any]] = {
    aten._local_scalar_dense.default: _item,
    aten.equal.default: lambda tensor: True,
    aten.nonzero.default: _one_each,
}


def _attention(query: Tensor, key: Tensor, value: Tensor, *_: Any, **__: Any) -> int:
    return sdpa_flop_count(query.shape, key.shape, value.shape)


def _attention_backward(
    gradient: Tensor, query: Tensor, key: Tensor, value: Tensor, *_: Any, **__: Any
) -> int:
    shapes = (t.shape for t in (gradient, query, key, value))
    return sdpa_backward_flop_count(*shapes)


def _linear(x: Tensor, weight: Tensor, *_: Any, **__: Any) -> int:
    return 2 * x.numel() * weight.shape[0]


# Those that torch's counter does not know.
_FORMULAS: dict[Any, Callable[..., int]] = {
    torch.ops.mkldnn._linear_pointwise: _linear,
    aten._scaled_dot_product_flash_attention_for_cpu: _attention,
    aten._scaled_dot_product_flash_attention_for_cpu_backward: _attention_backward,
}

_INDEXING = {
    aten.index.Tensor,
    aten.index_put.default,
    aten.index_put_.default,
    aten._unsafe_index.Tensor,
}


def _copies(args: Sequence[Any], found: Any) -> int:
    """Return the bytes of the tensors that a convolution reads and writes.

    oneDNN computes in a layout of its own and copies each of them.
    """
    made = found if isinstance(found, tuple | list) else (found,)
    tensors = (value for value in (*args, *made) if isinstance(value, Tensor))
    return sum(tensor.numel() * tensor.element_size() for tensor in tensors)


WORKSPACES: dict[Any, Callable[[Sequence[Any], Any], int]] = {
    aten.convolution.default: _copies,
    aten.convolution_backward.default: _copies,
}


def without_numbers(module: nn.Module) -> None:
    """Replace the tensors of a module, on the meta device, by fake ones of the CPU."""
    made: dict[int, tuple[Tensor, Tensor]] = {}
    with FAKE:
        for part in module.modules():
            for held in (part._parameters, part._buffers):
                for name, tensor in held.items():
                    if tensor is None:
                        continue
                    if id(tensor) not in made:
                        made[id(tensor)] = tensor, _fake(tensor)
                    held[name] = made[id(tensor)][1]


def _fake(tensor: Tensor) -> Tensor:
    empty = torch.empty(tensor.shape, dtype=tensor.dtype, device="cpu")
    if isinstance(tensor, nn.Parameter):
        return nn.Parameter(empty, tensor.requires_grad)
    return empty
