"""What the detector learns: a sign, a look-alike, or a question."""

from __future__ import annotations

from bot.safety.detector import CALM, SELF_QUESTION, sign_tiers, training_lines


def test_each_label_is_a_sign_or_calm_or_a_question_that_may_hide_a_report():
    """Calm labels together end the first look: none may be a sign."""
    signs = set(sign_tiers())
    assert not CALM & (signs | {SELF_QUESTION})
    assert {label for _, label in training_lines()} == CALM | signs | {SELF_QUESTION}
