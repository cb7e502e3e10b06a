"""The two projects of `ivy bench turns`: the same sentences and dialogues, Ivy's parts on one side, none on the other."""

from __future__ import annotations

import pytest
import yaml

from bot.bench.projects import clean_environment, default_config, default_project, ivy_project, rules_file
from bot.project import DATA


def sentences(project) -> dict[str, list[str]]:
    found = {}
    for path in (project.folder / "data").glob("*.yml"):
        for intent in yaml.safe_load(path.read_text(encoding="utf-8")).get("nlu", ()):
            found[intent["intent"]] = intent["examples"].splitlines()
    return found


def read(path) -> dict:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def projects(tmp_path_factory):
    folder = tmp_path_factory.mktemp("projects")
    return ivy_project(folder / "ivy", 0.1), default_project(folder / "default", 0.1), default_project(folder / "rules", 0.1, stories=False)


def test_all_learn_from_the_same_sentences(projects):
    ivy, default, rules = map(sentences, projects)
    assert ivy == default == rules


def test_share_keeps_every_intent_and_about_that_share(projects):
    whole = {intent["intent"]: intent["examples"].splitlines() for path in (DATA / "nlu").glob("*.yml") for intent in read(path)["nlu"]}
    kept = sentences(projects[0])
    assert set(kept) == set(whole)
    assert all(set(lines) <= set(whole[intent]) and len(lines) == max(2, round(0.1 * len(whole[intent]))) for intent, lines in kept.items())


def test_default_has_nothing_of_ivy(projects):
    _, default, _ = projects
    assert "bot." not in default.config.read_text() and "actions" not in read(default.domain)
    steps = [step for rule in read(default.folder / "data" / "stories.yml")["rules"] for step in rule["steps"]]
    assert all(step["action"] in read(default.domain)["responses"] for step in steps if "action" in step)
    assert "IVY_STATE" not in clean_environment() and "OMP_NUM_THREADS" not in default.environment


def test_default_says_the_words_that_ivy_would(projects):
    from bot.library.service import speaker

    words = read(projects[1].domain)["responses"]["utter_what_is_ivig"][0]["text"]
    assert words == speaker().answer(speaker().library.answer("what_is_ivig"), speaker().situation()).text


def test_stories_are_the_rules_and_only_where_wanted(projects):
    _, with_stories, without = (read(project.folder / "data" / "stories.yml") for project in projects)
    unconditional = [rule for rule in with_stories["rules"] if set(rule) == {"rule", "steps"}]
    assert len(with_stories["stories"]) >= len(unconditional) > 50
    assert len(without.get("stories", [])) == len(rules_file()["stories"])


def test_default_is_the_installed_rasas_own():
    config = default_config()
    assert [part["epochs"] for part in (*config["pipeline"], *config["policies"]) if "epochs" in part] == [100, 100, 100, 100]
    assert {"DIETClassifier", "ResponseSelector", "FallbackClassifier"} <= {part["name"] for part in config["pipeline"]}
    assert {"MemoizationPolicy", "RulePolicy", "UnexpecTEDIntentPolicy", "TEDPolicy"} == {part["name"] for part in config["policies"]}


def test_fewer_epochs_are_for_all_that_learn_by_epochs():
    config = default_config(3)
    assert {part["epochs"] for part in (*config["pipeline"], *config["policies"]) if "epochs" in part} == {3}
