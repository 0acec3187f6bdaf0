"""The topic exchange: keys are words between dots, `*` is one word, `#` any number of them.

The patterns form a trie that is walked as an automaton: all the nodes that the words so far can
have reached, at once. The work is at most nodes x words, whatever patterns a client invents
(backtracking over `#.#.#...` would be exponential).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from hubemu.broker.core.exchanges.base import Binding, Destination, Exchange
from hubemu.broker.core.message import Message

__all__ = ["TopicExchange", "split_key"]


def split_key(key: str) -> list[str]:
    """The words of a routing key or pattern; the empty key has none."""
    return key.split(".") if key else []


class _Node:
    """A place in the trie; `bindings` are those whose pattern ends here."""

    __slots__ = ("any_words", "bindings", "children", "is_any_words", "one_word")

    def __init__(self, *, is_any_words: bool = False) -> None:
        self.children: dict[str, _Node] = {}
        self.one_word: _Node | None = None
        self.any_words: _Node | None = None
        self.is_any_words = is_any_words
        self.bindings: list[Binding] = []

    def step(self, word: str) -> _Node:
        """The node after one word of a pattern, made if it is missing."""
        if word == "#":
            self.any_words = self.any_words or _Node(is_any_words=True)
            return self.any_words
        if word == "*":
            self.one_word = self.one_word or _Node()
            return self.one_word
        return self.children.setdefault(word, _Node())

    def cut(self, word: str) -> None:
        """Drop the node after one word of a pattern."""
        if word == "#":
            self.any_words = None
        elif word == "*":
            self.one_word = None
        else:
            del self.children[word]

    @property
    def empty(self) -> bool:
        """Whether no pattern ends here or further down."""
        return not (self.bindings or self.children or self.one_word or self.any_words)


class TopicExchange(Exchange):
    """Delivers to the bindings whose pattern matches the message's key."""

    type = "topic"

    def __init__(self, name: str, **settings: Any) -> None:
        super().__init__(name, **settings)
        self._root = _Node()

    def match(self, routing_key: str, message: Message) -> Iterable[Destination]:
        """See `Exchange.match`."""
        reached = _with_empty_matches([self._root])
        for word in split_key(routing_key):
            reached = _with_empty_matches(_after(reached, word))
        return [binding.destination for node in reached for binding in node.bindings]

    def _added(self, binding: Binding) -> None:
        self._path(binding.routing_key)[-1].bindings.append(binding)

    def _removed(self, binding: Binding) -> None:
        words = split_key(binding.routing_key)
        path = self._path(binding.routing_key)
        path[-1].bindings.remove(binding)
        for parent, word, node in zip(path[-2::-1], words[::-1], path[:0:-1], strict=True):
            if not node.empty:
                break
            parent.cut(word)

    def _path(self, pattern: str) -> list[_Node]:
        path = [self._root]
        for word in split_key(pattern):
            path.append(path[-1].step(word))
        return path


def _after(nodes: Iterable[_Node], word: str) -> list[_Node]:
    """Where one more word of a key can lead from `nodes`."""
    found = []
    for node in nodes:
        if node.is_any_words:
            found.append(node)
        if node.one_word is not None:
            found.append(node.one_word)
        if (child := node.children.get(word)) is not None:
            found.append(child)
    return found


def _with_empty_matches(nodes: Sequence[_Node]) -> list[_Node]:
    """`nodes` and those reached by letting `#` stand for nothing, each once."""
    found = dict.fromkeys(nodes)
    for start in nodes:
        node = start.any_words
        while node is not None and node not in found:
            found[node] = None
            node = node.any_words
    return list(found)
