"""What is worked out once gives what Rasa works out at each message."""

from __future__ import annotations

import ast
import inspect
from types import SimpleNamespace

import pytest
from rasa.core import processor
from rasa.core.policies.rule_policy import RulePolicy
from rasa.core.processor import PLACEHOLDER_TRACKER
from rasa.engine.exceptions import GraphComponentException
from rasa.engine.runner.dask import DaskGraphRunner
from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.events import ActionExecuted, ActionReverted, ActiveLoop, Event, Restarted, SessionStarted, SlotSet, UserUttered, UserUtteranceReverted
from rasa.shared.core.slots import TextSlot
from rasa.shared.core.trackers import DialogueStateTracker

from bot.rasa import quickening
from bot.rasa.quickening import InOrder, LastTurns, applied_events, copy_of, find_action_from_rules, quicken_rasa

BEFORE = {"nothing": [], "an answer": [UserUttered("why", {"name": "ask_how_fast", "confidence": 0.9}), ActionExecuted("utter_how_fast"), ActionExecuted(ACTION_LISTEN_NAME)],
          "a slot": [SlotSet("safety", {"known": ["itp"]})]}
BEFORE["many answers"] = [event for _ in range(4) for event in BEFORE["an answer"]]
KEPT_ON_THE_POLICY = ("_words_heard", "_applicable_last", "_longest")
TAKEN_BACK = {"nothing": [], "a session that ended": [SessionStarted(), ActionExecuted(ACTION_LISTEN_NAME)], "a conversation begun anew": [Restarted()],
              "words": [UserUtteranceReverted()], "an action": [ActionReverted()], "a form": [ActiveLoop("a form"), ActionExecuted("a form")]}


@pytest.fixture(scope="module")
def runner(ivy):
    return ivy.agent.processor.graph_runner


@pytest.fixture(scope="module")
def policy(runner):
    return next(node._component for node in runner._instantiated_nodes.values() if isinstance(node._component, RulePolicy))


def conversation(ivy, intent, *then, before=()):
    events = [ActionExecuted("action_session_start"), ActionExecuted(ACTION_LISTEN_NAME), *before, UserUttered("words", {"name": intent, "confidence": 1.0}), *then]
    return DialogueStateTracker.from_events("someone", events, slots=ivy.agent.domain.slots)


@pytest.mark.parametrize("before", BEFORE.values(), ids=BEFORE)
def test_every_intent_leads_to_the_rule_that_rasa_finds(ivy, policy, before):
    domain, found = ivy.agent.domain, set()
    for intent in domain.intents:
        answer = f"utter_{intent.removeprefix('ask_')}"
        for then in ((), (ActionExecuted(answer),), (ActionExecuted(answer), ActionExecuted(ACTION_LISTEN_NAME))):
            tracker = conversation(ivy, intent, *then, before=before)
            rasas = quickening._find_by_rasa(policy, tracker, domain, False)
            assert find_action_from_rules(policy, tracker, domain, False) == rasas
            # asked for the text alone, Rasa finds nothing either: no rule is about words
            assert find_action_from_rules(policy, tracker, domain, True)[0] is quickening._find_by_rasa(policy, tracker, domain, True)[0] is None
            found.add(rasas[0])
    assert len(found) > 60


@pytest.mark.parametrize("then", TAKEN_BACK.values(), ids=TAKEN_BACK)
def test_what_still_counts_of_a_conversation_is_what_rasa_counts(ivy, then):
    tracker = conversation(ivy, "affirm", *then, ActionExecuted("utter_greet"), before=BEFORE["many answers"])
    assert applied_events(tracker) == quickening._applied_by_rasa(tracker)


def test_rules_look_at_no_more_turns_than_the_longest_has(ivy, policy):
    tracker = conversation(ivy, "affirm", before=BEFORE["many answers"])
    assert LastTurns(tracker, 3).past_states(ivy.agent.domain) == tracker.past_states(ivy.agent.domain)[-3:]
    assert 1 < quickening._longest_rule(policy) < len(tracker.past_states(ivy.agent.domain))


@pytest.mark.parametrize("before", [[ActiveLoop("a form"), ActiveLoop(None)], [SlotSet("mood", "good")]], ids=["a form that ended", "a slot that has a say"])
def test_where_more_than_turns_may_count_rules_get_all_that_rasa_gives_them(ivy, policy, before, monkeypatch):
    monkeypatch.setattr(quickening, "LastTurns", None)
    tracker = conversation(ivy, "affirm", before=[*BEFORE["many answers"], *before])
    tracker.slots["mood"] = TextSlot("mood", [{}], influence_conversation=before[0].type_name == "slot")
    assert find_action_from_rules(policy, tracker, ivy.agent.domain, False) == quickening._find_by_rasa(policy, tracker, ivy.agent.domain, False)


@pytest.mark.parametrize("before", BEFORE.values(), ids=BEFORE)
def test_copy_of_a_conversation_is_as_rasas_and_may_change_alone(ivy, before):
    tracker = conversation(ivy, "affirm", ActionExecuted("utter_greet"), before=before)
    tracker.model_id = "a model"
    same, rasas, there = copy_of(tracker), quickening._copy_by_rasa(tracker), len(tracker.events)
    assert all(vars(same)[name] == value for name, value in vars(rasas).items() if name != "slots") and vars(same).keys() == vars(rasas).keys()
    assert same.current_slot_values() == rasas.current_slot_values() and same.current_state() == rasas.current_state()
    same.update(SlotSet("safety", {"known": ["hdfn"]}))
    assert tracker.get_slot("safety") != same.get_slot("safety") and len(tracker.events) == there


@pytest.mark.parametrize("mapping, filled", [({"type": "custom"}, False), ({"type": "custom", "action": "action_escalate"}, True), ({"type": "from_text"}, True)], ids=["by actions", "by an action at each message", "by words"])
async def test_slots_are_looked_at_where_messages_fill_them(ivy, mapping, filled, monkeypatch):
    asked, real = [], ivy.agent.processor
    domain = SimpleNamespace(slots=[SimpleNamespace(name="mood", mappings=[mapping])], user_actions=real.domain.user_actions)

    async def extract(processor, output_channel, tracker):
        asked.append(processor)
        return tracker

    monkeypatch.setattr(quickening, "_extract_by_rasa", extract)
    tracker, other = conversation(ivy, "affirm"), SimpleNamespace(domain=domain)
    assert await quickening.run_action_extract_slots(other, None, tracker) is tracker and asked == [other] * filled
    assert await quickening.run_action_extract_slots(real, None, tracker) is tracker and real not in asked, "no message fills a slot of Ivy's"


def test_inside_a_form_rasa_itself_decides(ivy, policy, monkeypatch):
    monkeypatch.setattr(quickening, "_find_by_rasa", lambda *asked: ("asked", asked[-1]))
    assert find_action_from_rules(policy, conversation(ivy, "affirm", before=[ActiveLoop("a form")]), ivy.agent.domain, True) == ("asked", True)


def test_rule_about_words_is_looked_for(ivy, policy, monkeypatch):
    listened = '[{"prev_action": {"action_name": "action_listen"}, "user": {"text": "words"}}]'
    monkeypatch.setattr(policy, "lookup", {**policy.lookup, "rules": {listened: "utter_greet"}})
    for remembered in KEPT_ON_THE_POLICY:
        monkeypatch.delitem(policy.__dict__, remembered, raising=False)
    tracker = conversation(ivy, "affirm")
    assert find_action_from_rules(policy, tracker, ivy.agent.domain, True) == quickening._find_by_rasa(policy, tracker, ivy.agent.domain, True) == ("utter_greet", listened, False)
    for remembered in KEPT_ON_THE_POLICY:
        policy.__dict__.pop(remembered, None)


def test_memory_of_states_is_bounded(ivy, policy, monkeypatch):
    monkeypatch.setattr(quickening, "STATES_REMEMBERED", 3)
    policy.__dict__.pop("_applicable_last", None)
    for intent in ivy.agent.domain.intents[:12]:
        find_action_from_rules(policy, conversation(ivy, intent), ivy.agent.domain, False)
    assert len(policy._applicable_last) <= 3


def test_graph_gives_what_dask_gives(ivy, runner):
    assert isinstance(runner, InOrder)
    target = ivy.agent.processor.model_metadata.core_target
    for intent in ("ask_cost_insurance", "report_symptom", "no such intent"):
        inputs = {PLACEHOLDER_TRACKER: conversation(ivy, intent)}
        mine, dasks = runner.run(inputs, [target])[target], DaskGraphRunner.run(runner, inputs, [target])[target]
        assert (mine.probabilities, mine.policy_name) == (dasks.probabilities, dasks.policy_name)


def test_node_that_breaks_fails_as_under_dask(ivy, runner, monkeypatch):
    def broken(*_given, **_named):
        raise RuntimeError("broken")

    node = next(node for node in runner._instantiated_nodes.values() if isinstance(node._component, RulePolicy))
    monkeypatch.setattr(node, "_fn", broken)
    given = {PLACEHOLDER_TRACKER: conversation(ivy, "affirm")}, [ivy.agent.processor.model_metadata.core_target]
    for run in (InOrder.run, DaskGraphRunner.run):
        with pytest.raises(GraphComponentException):
            run(runner, *given)


def test_quickening_twice_changes_nothing_more():
    before = (RulePolicy._find_action_from_rules, Event.resolve_by_type)
    quicken_rasa()
    assert (RulePolicy._find_action_from_rules, Event.resolve_by_type) == before
    assert quickening._find_by_rasa is not find_action_from_rules
    assert DialogueStateTracker.applied_events is applied_events is not quickening._applied_by_rasa


def test_rasas_processor_copies_only_for_its_debug_log():
    """Otherwise it may not be kept from copying."""
    calls = [node for node in ast.walk(ast.parse(inspect.getsource(processor))) if isinstance(node, ast.Call)]
    logged = [inner for call in calls if ast.unparse(call.func) == "structlogger.debug" for inner in ast.walk(call)]
    copies = [call for call in calls if ast.unparse(call.func).startswith("copy.")]
    assert copies and all(ast.unparse(call.func) == "copy.deepcopy" and call in logged for call in copies)
