"""The widget's promises once more, in the system's Firefox: the tests that Chromium passes, on the same strict site.

Left out is what Playwright cannot ask of it by WebDriver BiDi: to pretend to print or to want a dark page, to read the
body of a request that is held back."""

from __future__ import annotations

import pytest
from test_keyboard_and_reader import (  # noqa: F401
    test_each_answer_is_announced_once_and_never_the_history,
    test_escape_closes_the_menu_first,
    test_focus_goes_into_the_dialog_and_back_to_the_launcher,
    test_focus_is_visible_on_every_control,
    test_narrow_screen_needs_no_sideways_scrolling,
    test_right_to_left_words_turn_the_whole_chat,
    test_safety_answer_to_a_closed_chat_opens_it,
    test_safety_message_is_announced_assertively_with_the_number,
    test_site_behind_a_full_screen_chat_cannot_be_reached_by_keyboard,
    test_whole_visit_by_keyboard_alone,
    test_zooming_in_while_the_chat_is_open_makes_it_modal_and_keeps_focus_and_words,
)
from test_widget import (  # noqa: F401
    test_alarm_stays_in_view_until_the_patient_says_it_is_done,
    test_answer_names_reviewer_and_day_and_opens_its_sources,
    test_deleted_conversation_is_gone_here_and_on_the_server,
    test_hard_word_opens_its_meaning_and_closes_it,
    test_last_buttons_can_still_be_pressed_after_a_reload,
    test_menu_and_notice_never_cover_the_emergency_number,
    test_more_and_easier_words_are_one_press_away,
    test_nothing_is_sent_before_the_patient_has_agreed,
    test_reload_shows_the_conversation_again_and_announces_none_of_it,
    test_site_that_lets_no_html_in_still_shows_the_words_and_the_numbers,
    test_style_of_the_site_does_not_reach_the_chat,
    test_typed_markup_stays_text,
    test_whole_conversation_breaks_no_rule_of_the_sites_policy_and_asks_nobody_else,
)
from test_widget_outages import (  # noqa: F401
    test_message_without_an_answer_survives_a_reload,
    test_rubbish_in_place_of_an_answer_shows_the_numbers_and_keeps_the_message,
    test_server_killed_in_mid_conversation_leaves_numbers_and_message_and_is_found_again,
    test_server_that_is_away_from_the_start_shows_the_numbers,
    test_slow_answer_shows_the_numbers_after_three_seconds_and_is_shown_when_it_comes,
    test_website_that_is_not_on_the_list_gets_the_numbers_and_no_conversation,
)
from waiting import eventually


@pytest.fixture(scope="session")
def browser(firefox):
    return firefox


def test_saved_file_holds_the_words_and_the_numbers(visit, downloads, library):
    visit.ask("what is it")
    visit.menu("Save as a text file")
    file = downloads / "ivy.txt"
    text = eventually(lambda: file.exists() and file.read_text(encoding="utf-8"))
    assert all(words in text for words in ("You: what is it", library.clinic.phone, library.clinic.emergency_number))
