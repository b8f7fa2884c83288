"""A device that the tests pretend: it computes on the CPU, but nothing may wait for it.

On a GPU the host runs ahead of the device, until it asks for a number that the device
has yet to compute, or copies one there from memory that is not pinned. Tensors of the
device say that they are on torch's meta device; their numbers lie beside them, so that
a step is really made.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from traceback import extract_stack
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import (
    TorchDispatchMode,
    return_and_correct_aliasing,
)

DEVICE = torch.device("meta")
CPU = torch.device("cpu")
aten = torch.ops.aten

# Operations whose result, or the size of it, the host has to know, and those whose
# CUDA form looks at their arguments' numbers.
WAITING = {
    aten._local_scalar_dense: "a number is read",
    aten.equal: "tensors are compared on the host",
    aten.nonzero: "places are listed",
    aten.masked_select: "a mask chooses",
    aten._unique2: "numbers are listed once",
    aten.unique_dim: "numbers are listed once",
    aten.unique_consecutive: "numbers are listed once",
    aten.repeat_interleave: "numbers say how often to repeat",
    aten.bincount: "numbers are counted",
    aten.histc: "numbers are counted",
    aten._linalg_check_errors: "a matrix is checked",
}


INDEXING = {aten.index, aten.index_put, aten.index_put_, aten._index_put_impl_}
MASKS = {torch.bool, torch.uint8}


class OnDevice(Tensor):
    """A tensor of the pretended device."""

    @staticmethod
    def __new__(cls, numbers: Tensor) -> "OnDevice":
        """Wrap numbers on the CPU."""
        return Tensor._make_wrapper_subclass(
            cls,
            numbers.shape,
            strides=numbers.stride(),
            storage_offset=numbers.storage_offset(),
            dtype=numbers.dtype,
            device=DEVICE,
        )

    def __init__(self, numbers: Tensor):
        self.numbers = numbers

    @classmethod
    def __torch_dispatch__(cls, operation, types, args=(), kwargs=None) -> Any:
        """Compute outside of the mode, where nothing is forbidden."""
        return compute(operation, args, kwargs or {})


class Wait(NamedTuple):
    """What made the host wait, and in which function of the library."""

    function: str
    line: str
    reason: str

    def __str__(self) -> str:
        return f"{self.line}: {self.reason}"


class PretendedDevice:
    """A context in which the device is there, and what waits for it is noted.

    Attributes
    ----------
    waits : list of Wait
        What made the host wait within `watched`.
    on_host : list of Wait
        What the host computed within `recorded`, so that a CUDA graph would not.
    """

    def __init__(self) -> None:
        self.waits: list[Wait] = []
        self.on_host: list[Wait] = []
        self._watching = self._recording = False
        self._modes = _Operations(self), _Constants(self)

    def __enter__(self) -> "PretendedDevice":
        """Have torch ask this device."""
        for mode in self._modes:
            mode.__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        """Leave torch alone."""
        for mode in reversed(self._modes):
            mode.__exit__(*error)

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Note what makes the host wait within a block."""
        self._watching = True
        try:
            yield
        finally:
            self._watching = False

    def recorded(self, *_: Any) -> None:
        """Begin or end what a CUDA graph would hold; a hook of modules."""
        self._recording = self._watching and not self._recording

    def note_host(self, operation: Any) -> None:
        """Note what the host computes while a CUDA graph would be recorded."""
        if self._recording:
            self.on_host.append(Wait(*_place(), f"{operation}: on the host"))

    def note(self, reason: str | None) -> None:
        """Note a wait and the function of the library that it comes from."""
        if reason and self._watching:
            self.waits.append(Wait(*_place(), reason))


def _place() -> tuple[str, str]:
    """Return the function of the library that is running, and its line."""
    stack = extract_stack()
    here = next((f for f in reversed(stack) if "/sambench/" in f.filename), stack[0])
    return here.name, f"{here.filename.split('/sambench/')[-1]}:{here.lineno}"


class _Operations(TorchDispatchMode):
    def __init__(self, device: PretendedDevice):
        super().__init__()
        self._device = device

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        """Nothing is compiled here, and what guards it takes seconds to import."""
        return False

    def __torch_dispatch__(self, operation, types, args=(), kwargs=None) -> Any:
        kwargs = kwargs or {}
        self._device.note(reason_to_wait(operation, args, kwargs))
        if not is_on_device(args, kwargs):
            self._device.note_host(operation)
            return operation(*args, **kwargs)
        return compute(operation, args, kwargs)


class _Constants(TorchFunctionMode):
    """Numbers of Python on the device, which torch's own meta device would lose."""

    def __init__(self, device: PretendedDevice):
        super().__init__()
        self._device = device

    def __torch_function__(self, function, types, args=(), kwargs=None) -> Any:
        kwargs = kwargs or {}
        if function in (torch.tensor, torch.as_tensor, Tensor.new_tensor):
            device = kwargs.get("device")
            if device is None and function is Tensor.new_tensor:
                device = args[0].device
            data = args[function is Tensor.new_tensor]
            if device is not None and torch.device(device) == DEVICE:
                if isinstance(data, OnDevice):
                    return data
                self._device.note("the host writes constants and waits for the copy")
                if function is Tensor.new_tensor:
                    kwargs = {"dtype": args[0].dtype, **kwargs}
                numbers = torch.tensor(data, **{**kwargs, "device": CPU})
                return OnDevice(numbers)
        return function(*args, **kwargs)


def reason_to_wait(operation: Any, args: Any, kwargs: Any) -> str | None:
    """Return why an operation makes the host wait for the device, if it does."""
    tensors = list(tensors_in((*args, *kwargs.values())))
    ours = any(isinstance(tensor, OnDevice) for tensor in tensors)
    packet = operation._overloadpacket
    reason = None
    if operation in (aten._to_copy.default, aten.copy_.default):
        target = kwargs.get("device") if packet is aten._to_copy else args[0].device
        blocking = not (kwargs.get("non_blocking") or (len(args) > 2 and args[2]))
        if ours and target == CPU:
            reason = "numbers are copied to the host"
        elif target == DEVICE and not isinstance(tensors[-1], OnDevice) and blocking:
            reason = "the host copies numbers and waits for the copy"
    elif not ours:
        pass
    elif packet in WAITING:
        reason = WAITING[packet]
    elif packet is aten.multinomial and not (args[1] > 1 and (args[2:] or [0])[0]):
        reason = "torch checks the weights on the host if it draws one number"
    elif packet is aten.normal and any(isinstance(each, OnDevice) for each in args[1:]):
        reason = "torch checks the deviations on the host"
    elif packet in INDEXING and any(i.dtype in MASKS for i in args[1] if i is not None):
        reason = "a mask chooses"
    elif any(not isinstance(tensor, OnDevice) and tensor.dim() for tensor in tensors):
        reason = "numbers of the host are among those of the device"
    return reason and f"{operation}: {reason}"


def is_on_device(args: Any, kwargs: Any) -> bool:
    """Return whether an operation reads or writes the device."""
    tensors = tensors_in((*args, *kwargs.values()))
    ours = any(isinstance(tensor, OnDevice) for tensor in tensors)
    return ours or kwargs.get("device") == DEVICE


def compute(operation: Any, args: Any, kwargs: Any) -> Any:
    """Compute an operation of the device on the CPU; what is its stays there."""
    device = kwargs.get("device")
    wrap = device in (DEVICE, None)
    plain = {key: change(value, numbers_of) for key, value in kwargs.items()}
    if device is not None:
        plain["device"] = CPU
    found = operation(*(change(arg, numbers_of) for arg in args), **plain)
    if operation is aten._to_copy.default and not wrap:
        return found.clone()
    if operation is aten.copy_.default and not isinstance(args[0], OnDevice):
        return args[0]
    if wrap:
        found = change(found, OnDevice)
    if all(returned.alias_info is None for returned in operation._schema.returns):
        return found
    return return_and_correct_aliasing(operation, args, kwargs, found)


def tensors_in(values: Any) -> Iterator[Tensor]:
    """Yield the tensors among arguments."""
    for value in values:
        if isinstance(value, Tensor):
            yield value
        elif isinstance(value, list | tuple):
            yield from tensors_in(value)


def change(value: Any, function: Callable[[Tensor], Tensor]) -> Any:
    """Apply a function to a tensor, or to those in a list."""
    if isinstance(value, Tensor):
        return function(value)
    if isinstance(value, list | tuple):
        return type(value)(change(each, function) for each in value)
    return value


def numbers_of(tensor: Tensor) -> Tensor:
    """Return the numbers of a tensor, on the CPU."""
    return tensor.numbers if isinstance(tensor, OnDevice) else tensor
