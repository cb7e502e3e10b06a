"""Rasa's own steps that cost most of a message, worked out once instead of at each message, or left out where nobody sees what they
do. What a step gives is what the one it replaces gives (tests/rasa/test_quickening.py asks both)."""

from __future__ import annotations

import copy
from functools import lru_cache
from graphlib import TopologicalSorter
from types import SimpleNamespace
from typing import Any, Dict, Iterator, List, Optional, Set, Text, Tuple

import rasa.core.processor
from rasa.core.channels.channel import OutputChannel
from rasa.core.policies.rule_policy import RULES, RulePolicy
from rasa.core.processor import MessageProcessor
from rasa.engine.runner.dask import DaskGraphRunner
from rasa.shared.core.constants import ACTION_LISTEN_NAME, ACTION_VALIDATE_SLOT_MAPPINGS, DEFAULT_SLOT_NAMES, PREVIOUS_ACTION, USER
from rasa.shared.core.domain import Domain, State
from rasa.shared.core.events import ActionExecuted, ActionReverted, ActiveLoop, Event, Restarted, SessionStarted, UserUttered, UserUtteranceReverted
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.constants import ACTION_NAME, INTENT, TEXT

from bot.rasa.coming import parse_message, save_tracker

STATES_REMEMBERED = 1000
_find_by_rasa = RulePolicy._find_action_from_rules
_applied_by_rasa = DialogueStateTracker.applied_events
_extract_by_rasa = MessageProcessor.run_action_extract_slots
_copy_by_rasa = DialogueStateTracker.copy


def quicken_rasa() -> None:
    """Put the quicker steps in the place of Rasa's, in this process. Doing so twice does nothing more."""
    rasa.core.processor.DaskGraphRunner = InOrder
    RulePolicy._find_action_from_rules = find_action_from_rules
    # it compares the whole domain with an empty one at each message, to warn of names that `rasa data validate` finds in training
    MessageProcessor._check_for_unseen_features = lambda _self, _parsed: None
    # it copies the events of each action, with all in them, for lines of its debug log, also where none is written
    rasa.core.processor.copy = SimpleNamespace(deepcopy=lambda value: value)
    MessageProcessor.run_action_extract_slots = run_action_extract_slots
    MessageProcessor.parse_message, MessageProcessor.save_tracker = parse_message, save_tracker
    DialogueStateTracker.applied_events = applied_events
    DialogueStateTracker.copy = copy_of
    if not hasattr(Event.resolve_by_type, "cache_info"):
        # Rasa looks through all classes of events, built anew, for each event that it reads (rasa/shared/core/events.py)
        Event.resolve_by_type = staticmethod(lru_cache(maxsize=None)(Event.resolve_by_type))


async def run_action_extract_slots(processor: MessageProcessor, output_channel: OutputChannel, tracker: DialogueStateTracker) -> DialogueStateTracker:
    """As rasa/core/processor.py: nothing, where messages fill no slot. Rasa goes through all slots at each message."""
    return await _extract_by_rasa(processor, output_channel, tracker) if _messages_fill_slots(processor) else tracker


def _messages_fill_slots(processor: MessageProcessor) -> bool:
    if "_slots_filled" not in processor.__dict__:
        mappings = [mapping for slot in processor.domain.slots if slot.name not in DEFAULT_SLOT_NAMES for mapping in slot.mappings]
        processor._slots_filled = ACTION_VALIDATE_SLOT_MAPPINGS in processor.domain.user_actions or any(mapping.get("type") != "custom" or "action" in mapping for mapping in mappings)
    return processor._slots_filled


class InOrder(DaskGraphRunner):
    """Runs a graph's nodes one after the other, in an order that is found once. Dask would find it at each run."""

    def run(self, inputs: Optional[Dict[Text, Any]] = None, targets: Optional[List[Text]] = None) -> Dict[Text, Any]:
        """Runs the graph (see the parent class). Raises what its nodes raise."""
        wanted = tuple(targets or self._graph_schema.target_names)
        done = {name: (name, value) for name, value in (inputs or {}).items()}
        for name in self._order(wanted):
            needs = self._graph_schema.nodes[name].needs.values()
            done[name] = self._instantiated_nodes[name](*(done.get(need, need) for need in needs))
        return dict(done[name] for name in wanted)

    def _order(self, wanted: Tuple[Text, ...]) -> List[Text]:
        orders = self.__dict__.setdefault("_orders", {})
        if wanted not in orders:
            nodes = self._graph_schema.minimal_graph_schema(list(wanted)).nodes
            needs = {name: [need for need in node.needs.values() if need in nodes] for name, node in nodes.items()}
            orders[wanted] = list(TopologicalSorter(needs).static_order())
        return orders[wanted]


def find_action_from_rules(policy: RulePolicy, tracker: DialogueStateTracker, domain: Domain, use_text_for_last_user_input: bool) -> Tuple[Optional[Text], Optional[Text], bool]:
    """As rasa/core/policies/rule_policy.py, `_find_action_from_rules`: the action, the rule, and whether a form goes on after
    an interruption. Rasa's own decides inside a form.

    Rasa compares every rule with every turn, and copies all states for a line of its debug log."""
    if tracker.active_loop_name:
        return _find_by_rasa(policy, tracker, domain, use_text_for_last_user_input)
    if use_text_for_last_user_input and (tracker.latest_action_name != ACTION_LISTEN_NAME or not _hears_words(policy)):
        return None, None, False

    def states(of: Any) -> List[State]:
        return policy._prediction_states(of, domain, use_text_for_last_user_input, rule_only_data=policy._get_rule_only_data())

    keys = _applicable(policy, states(LastTurns(tracker, _longest_rule(policy)) if _turns_say_all(tracker) else tracker))
    best = max(keys, key=len) if keys else ""
    return policy.lookup[RULES].get(best), best or policy._create_feature_key(states(tracker)), False


class LastTurns:
    """A tracker of which only the last turns are looked at: no rule is longer. Only for conversations in which neither a slot
    nor a form has a say in rules: a turn is then what was said last before it, and what was done."""

    def __init__(self, tracker: DialogueStateTracker, turns: int) -> None:
        self._events, self._turns = tracker.applied_events(), turns

    def past_states(self, domain: Domain, **options: Any) -> List[State]:
        """The states of those turns (see DialogueStateTracker.past_states; the rule policy leaves no turn out of them)."""
        return domain.states_for_tracker_history(self, **options)  # type: ignore[arg-type]

    def generate_all_prior_trackers(self) -> Iterator[Tuple[SimpleNamespace, bool]]:
        """What the domain asks of the tracker before each action of those turns, and as it is now; whether the action's turn is hidden."""
        actions = [place for place, event in enumerate(self._events) if type(event) is ActionExecuted]
        for place in actions[-(self._turns - 1):] if self._turns > 1 else []:
            yield self._before(place), self._events[place].hide_rule_turn
        yield self._before(len(self._events)), False

    def _before(self, place: int) -> SimpleNamespace:
        said, done = self._last(UserUttered, place), self._last(ActionExecuted, place)
        return SimpleNamespace(latest_message=said, latest_action=done.as_sub_state() if done else {}, slots={}, active_loop=None)

    def _last(self, kind: type, before: int) -> Optional[Event]:
        return next((event for event in reversed(self._events[:before]) if type(event) is kind), None)


def applied_events(tracker: DialogueStateTracker) -> List[Event]:
    """As rasa/shared/core/trackers.py, `applied_events`: all since the session began, unless one takes another back. Rasa's own
    decides then, and where there are forms."""
    events = list(tracker.events)
    if any(_is_a(type(event), ActionReverted, UserUtteranceReverted, ActiveLoop) for event in events):
        return _applied_by_rasa(tracker)
    start = next((place for place in range(len(events), 0, -1) if _is_a(type(events[place - 1]), Restarted, SessionStarted)), 0)
    return events[start:]


def copy_of(tracker: DialogueStateTracker) -> DialogueStateTracker:
    """As rasa/shared/core/trackers.py, `copy`: one that may change alone. Rasa plays every event again, for each action."""
    same = copy.copy(tracker)
    same.slots = {name: copy.copy(slot) for name, slot in tracker.slots.items()}
    same.events, same.active_loop = tracker.events.copy(), copy.copy(tracker.active_loop)
    same.sender_source = same.model_id = same.assistant_id = None  # Rasa's has none either
    return same


def _turns_say_all(tracker: DialogueStateTracker) -> bool:
    """False where a slot may have a say in rules, or a form."""
    return not any(slot.has_features() for slot in tracker.slots.values()) and not any(_is_a(type(event), ActiveLoop) for event in tracker.events)


@lru_cache(maxsize=None)
def _is_a(kind: type, *kinds: type) -> bool:
    return issubclass(kind, kinds)  # Rasa's events are abstract classes, which are slow to ask


def _longest_rule(policy: RulePolicy) -> int:
    if "_longest" not in policy.__dict__:
        policy._longest = max((len(policy._rule_key_to_state(key)) for key in policy.lookup[RULES]), default=1)
    return policy._longest


def _hears_words(policy: RulePolicy) -> bool:
    """True when a rule may apply to a message of which only the text is looked at."""
    if "_words_heard" not in policy.__dict__:
        last = [policy._rule_key_to_state(key)[-1] for key in policy.lookup[RULES]]
        listened = [state for state in last if state.get(PREVIOUS_ACTION, {}).get(ACTION_NAME) == ACTION_LISTEN_NAME]
        policy._words_heard = any(not state.get(USER, {}).get(INTENT) for state in listened)
    return policy._words_heard


def _applicable(policy: RulePolicy, states: List[State]) -> Set[Text]:
    """Keys of the rules that apply: those of the last turn are remembered, and only they are compared with the turns before."""
    known = policy.__dict__.setdefault("_applicable_last", {})
    last = repr(states[-1])
    keys = known.get(last)
    if keys is None:
        keys = [key for key in policy.lookup[RULES] if policy._is_rule_applicable(key, 0, states[-1])]
        if len(known) >= STATES_REMEMBERED:
            known.clear()
        if not states[-1].get(USER, {}).get(TEXT):  # a patient's words are kept nowhere else
            known[last] = keys
    return {key for key in keys if all(policy._is_rule_applicable(key, back, state) for back, state in enumerate(reversed(states[:-1]), 1))}
