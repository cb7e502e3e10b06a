"""Accounts of the clinician's page: add, list, disable, enable, role, link. Passwords are never typed here.

add and link print a one-time link; whoever opens it on the page chooses the password."""

from __future__ import annotations

import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(act="list")
    acts = parser.add_subparsers(metavar="act")
    add = acts.add_parser("add", help="make an account, and print the link that sets its password")
    add.add_argument("login", help="what is typed to sign in")
    add.add_argument("--name", required=True, help="the name that signatures carry; patients may read it. It never changes")
    add.add_argument("--role", required=True, help="author, clinician, translator, publisher or auditor")
    acts.add_parser("list", help="all accounts")
    for act, help_text in (("disable", "close an account; what it signed stays signed"), ("enable", "open it again"), ("link", "print a new one-time link, for a lost password")):
        acts.add_parser(act, help=help_text).add_argument("login")
    role = acts.add_parser("role", help="change what an account may do")
    role.add_argument("login")
    role.add_argument("role")
    for act, act_parser in acts.choices.items():
        act_parser.set_defaults(act=act)


def run(arguments: argparse.Namespace) -> int:
    from bot.records import accounts
    from bot.records.database import installed_records

    engine = installed_records()
    if arguments.act == "list":
        for account in accounts.list_accounts(engine):
            print(f"{account.login}: {account.name}, {account.role}{'' if account.active else ', disabled'}{'' if account.password_changed_at else ', no password yet'}")
    elif arguments.act == "add":
        _print_link(accounts.add_account(engine, arguments.login, arguments.name, arguments.role))
    elif arguments.act == "link":
        _print_link(accounts.new_link(engine, arguments.login))
    elif arguments.act == "role":
        accounts.set_role(engine, arguments.login, arguments.role)
    else:
        accounts.set_disabled(engine, arguments.login, arguments.act == "disable")
    return 0


def _print_link(token: str) -> None:
    from bot.records.accounts import LINK_HOLDS

    print(f"Open this once, within {LINK_HOLDS.total_seconds() / 3600:.0f} hours, on the clinician's page (ivy preview), after its address:\n/setup/{token}")
