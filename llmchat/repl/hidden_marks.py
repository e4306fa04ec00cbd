"""Hides the marker of a pasted `@` in the line, because terminals disagree about its width."""

from __future__ import annotations

from bisect import bisect_left

from prompt_toolkit.formatted_text.utils import fragment_list_to_text
from prompt_toolkit.layout.processors import Processor, Transformation, TransformationInput
from prompt_toolkit.layout.utils import explode_text_fragments

from llmchat.inputs.mentions import FOREIGN


class Unseen(Processor):
    """The cursor stands where the signs before it are not."""

    def apply_transformation(self, transformation_input: TransformationInput) -> Transformation:
        fragments = transformation_input.fragments
        text = fragment_list_to_text(fragments)
        if FOREIGN not in text:
            return Transformation(fragments)
        signs = [at for at, letter in enumerate(text) if letter == FOREIGN]
        seen = [at for at, letter in enumerate(text) if letter != FOREIGN]
        drawn = [piece for piece in explode_text_fragments(fragments) if piece[1] != FOREIGN]
        return Transformation(
            drawn,
            source_to_display=lambda at: at - bisect_left(signs, at),
            display_to_source=lambda at: seen[at] if at < len(seen) else at + len(signs),
        )
