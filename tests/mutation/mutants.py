"""Makes the mutants of a module: each function of it with one small fault."""

import ast
import copy
import importlib
import inspect
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from types import FunctionType, ModuleType
from typing import Any

SWAPS: dict[type[ast.AST], type[ast.AST]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.And: ast.Or,
    ast.Or: ast.And,
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Add,
}


@dataclass(frozen=True)
class Mutant:
    """A fault: where it is and what stands there instead, and the code that has it."""

    name: str
    function: FunctionType
    code: Any

    def put_in(self) -> None:
        """Give the function, wherever it was imported, the code with the fault."""
        self.function.__code__ = self.code
        for one in vars(sys.modules[self.function.__module__]).values():
            if hasattr(one, "cache_clear"):
                one.cache_clear()


def mutants(name: str) -> Iterator[Mutant]:
    """Return the mutants of a module, by functions and methods in the order of the source."""
    module = importlib.import_module(name)
    tree = ast.parse(inspect.getsource(module))
    for owner, node in _functions(tree, module):
        function = _plain(owner.__dict__[node.name])
        seen: dict[str, int] = {}
        for fault, changed in _changed(node):
            code = _compiled(changed, function)
            if code is None:
                continue
            seen[fault] = seen.get(fault, 0) + 1
            again = f" ({seen[fault]})" if seen[fault] > 1 else ""
            yield Mutant(f"{name}.{function.__qualname__}: {fault}{again}", function, code)


def _functions(tree: ast.AST, owner: Any) -> Iterator[tuple[Any, ast.FunctionDef]]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef) and node.name in owner.__dict__:
            yield owner, node
        elif isinstance(node, ast.ClassDef) and isinstance(owner, ModuleType | type):
            yield from _functions(node, owner.__dict__[node.name])


def _plain(found: Any) -> FunctionType:
    """Return the function under what wraps it (a property, a method of the class, a cache)."""
    while not isinstance(found, FunctionType) or hasattr(found, "__wrapped__"):
        found = (
            getattr(found, "fget", None) or getattr(found, "__wrapped__", None) or found.__func__
        )
    return found


def _compiled(node: ast.FunctionDef, like: FunctionType) -> Any:
    """Return the code of a changed function, or None where it cannot take the place of the old."""
    node.decorator_list, node.returns = [], None
    room = ast.Module([node], type_ignores=[])
    code = compile(ast.fix_missing_locations(room), like.__code__.co_filename, "exec")
    found = next(one for one in code.co_consts if hasattr(one, "co_code"))
    return found if found.co_freevars == like.__code__.co_freevars else None


def _changed(function: ast.FunctionDef) -> Iterator[tuple[str, ast.FunctionDef]]:
    """Return every fault in words with the function that has it."""
    body = copy.deepcopy(function)
    inside = [node for statement in body.body for node in ast.walk(statement)]
    words = {id(word) for one in inside if _is_said(one) for word in ast.walk(one)}
    for place, node in enumerate(inside):
        if id(node) in words and isinstance(node, ast.Constant):
            continue
        for number in range(_ways(node)):
            changed = copy.deepcopy(function)
            same = [one for statement in changed.body for one in ast.walk(statement)][place]
            before = _first_line(same)
            _spoil(same, number)
            yield f"{before} -> {_first_line(same)}", changed


def _is_said(node: ast.AST) -> bool:
    """Return whether the texts in a node are words for people: a docstring, a message."""
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Constant)
    message = isinstance(node, ast.Call) and ast.unparse(node.func) in ("_", "ngettext")
    return message or isinstance(node, ast.Raise)


def _ways(node: ast.AST) -> int:
    """Return in how many ways a node can be spoilt."""
    if isinstance(node, ast.Compare):
        return len([one for one in node.ops if type(one) in SWAPS])
    if isinstance(node, ast.BoolOp | ast.IfExp | ast.If | ast.While):
        return 1
    if isinstance(node, ast.BinOp):
        return int(type(node.op) in SWAPS)
    if isinstance(node, ast.Constant):
        return int(isinstance(node.value, bool | int | str | bytes) and node.value not in ("", b""))
    if isinstance(node, ast.Return):
        return int(node.value is not None and ast.unparse(node.value) != "None")
    call = isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)
    return int(call or isinstance(node, ast.Raise))


def _spoil(node: Any, number: int) -> None:
    if isinstance(node, ast.Compare):
        node.ops[number] = SWAPS[type(node.ops[number])]()
    elif isinstance(node, ast.BoolOp | ast.BinOp):
        node.op = SWAPS[type(node.op)]()
    elif isinstance(node, ast.If | ast.IfExp | ast.While):
        node.test = ast.UnaryOp(ast.Not(), node.test)
    elif isinstance(node, ast.Constant):
        value = node.value
        if isinstance(value, bool):
            node.value = not value
        else:
            node.value = value + ({int: 1, str: "X", bytes: b"X"}[type(value)])
    elif isinstance(node, ast.Return):
        node.value = ast.Constant(None)
    else:
        node.__class__, node._fields = ast.Pass, ()


def _first_line(node: ast.AST) -> str:
    return ast.unparse(node).partition("\n")[0]
