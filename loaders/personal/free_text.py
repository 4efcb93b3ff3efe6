"""Whether people write what they want in a field: judged by its values where the layer file does not say."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from catalogue.layer import LayerField

#: A value of this many words (of two letters and more) is a sentence, not a name or an address.
_WORDS = 7
#: Different sentences that make a field free text. Texts that a system puts together come back again and again.
_DIFFERENT = 20
_SENTENCE = rf"(?:\pL{{2,}}\PL+){{{_WORDS - 1}}}\pL{{2,}}"


class FreeText:
    """Watches one field while its batches pass."""

    def __init__(self, field: LayerField) -> None:
        """Nothing is seen yet."""
        self.field = field
        self._seen: set[int] = set()
        self.values = 0

    def watch(self, values: pa.Array) -> None:
        """Look at the field's values in one batch (texts)."""
        self.values += len(values) - values.null_count
        if self.field.free_text is not None or len(self._seen) >= _DIFFERENT:
            return
        likely = pc.fill_null(pc.greater_equal(pc.count_substring(values, " "), _WORDS - 1), False)
        sentences = values.filter(likely)
        sentences = sentences.filter(pc.match_substring_regex(sentences, _SENTENCE))
        self._seen.update(hash(text) for text in pc.unique(sentences.slice(0, 1000)).to_pylist())

    @property
    def marked(self) -> bool:
        """Whether the layer file, or its model, says that the field is free text."""
        return self.field.free_text is True

    @property
    def looks_free(self) -> bool:
        """Whether nobody said it, but the values are sentences of their own."""
        return self.field.free_text is None and len(self._seen) >= _DIFFERENT
