"""Who may sign in to the clinician's page, as what, and the one-time links by which passwords are set.

Passwords are kept as argon2id hashes with the library's own parameters (RFC 9106), links as sha256. No account
has a password that somebody else chose."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Optional

import argon2
import sqlalchemy as sa

from bot.records.database import metadata

accounts = sa.Table(
    "accounts",
    metadata,
    sa.Column("login", sa.String(60), primary_key=True),
    sa.Column("name", sa.String(120), nullable=False),
    sa.Column("person", sa.String(120), nullable=False, unique=True),
    sa.Column("role", sa.String(20), nullable=False),
    sa.Column("password", sa.String(200), nullable=False),
    sa.Column("made_at", sa.String(32), nullable=False),
    sa.Column("password_changed_at", sa.String(32), nullable=False),
    sa.Column("disabled_at", sa.String(32), nullable=False),
    sa.Column("failures", sa.Integer, nullable=False),
    sa.Column("locked_until", sa.String(32), nullable=False),
)
#: A link that sets the password of an account, or makes the first one (login ""). Used once.
links = sa.Table(
    "account_links",
    metadata,
    sa.Column("hash", sa.String(64), primary_key=True),
    sa.Column("login", sa.String(60), nullable=False),
    sa.Column("until", sa.String(32), nullable=False),
)
ROLES = ("author", "clinician", "translator", "publisher", "auditor")
#: What each role may do on the page. Everybody may read and try.
_MAY = {
    "author": {"propose"},
    "translator": {"propose"},
    "clinician": {"propose", "approve", "roll_back", "send_back", "withdraw", "what_was_said"},
    "publisher": {"send_back", "withdraw", "export", "what_was_said", "see_accounts"},
    "auditor": {"export", "what_was_said", "see_accounts"},
}
FAILURES_BEFORE_LOCK, FIRST_LOCK, LONGEST_LOCK = 5, timedelta(minutes=1), timedelta(hours=1)
LINK_HOLDS = timedelta(hours=24)
#: NIST SP 800-63B (5.1.1): length matters, composition rules do not; 64 and more characters must be possible.
SHORTEST_PASSWORD, LONGEST_PASSWORD = 12, 256

_hasher = argon2.PasswordHasher()
_NOBODYS = _hasher.hash(secrets.token_hex(16))  # an unknown login takes as long to refuse as a wrong password


class AccountError(ValueError):
    """Refused; the message says why and what to do, for the person at the page or the terminal."""


@dataclass(frozen=True)
class Account:
    """`name` is what the ledger signs with, and never changes; `login` is typed to sign in. Times are ISO, UTC, "" for never."""

    login: str
    name: str
    role: str
    made_at: str = ""
    password_changed_at: str = ""
    disabled_at: str = ""
    locked_until: str = ""

    @property
    def active(self) -> bool:
        return not self.disabled_at


def may(role: str, act: str) -> bool:
    """Whether a role may do an act: propose, approve, roll_back, send_back, withdraw, export, what_was_said, see_accounts.
    False for a role or an act that nobody knows."""
    return act in _MAY.get(role, ())


def add_account(engine: sa.engine.Engine, login: str, name: str, role: str) -> str:
    """Make an account without a password. Returns the one-time token that sets it. Raises AccountError."""
    with engine.begin() as connection:
        _insert(connection, login, name, role)
        return _new_link(connection, _login(login))


def find_account(engine: sa.engine.Engine, login: str) -> Optional[Account]:
    """The account of a login, disabled or not."""
    with engine.connect() as connection:
        row = _row(connection, login)
    return _account(row) if row else None


def list_accounts(engine: sa.engine.Engine) -> list[Account]:
    """All accounts, by login."""
    with engine.connect() as connection:
        return [_account(row) for row in connection.execute(sa.select(accounts).order_by(accounts.c.login)).mappings()]


def sign_in(engine: sa.engine.Engine, login: str, password: str) -> Account:
    """The account, when the password is right. Raises AccountError; after 5 failures in a row the account
    waits a minute, and twice as long with each further one, up to an hour."""
    with engine.connect() as connection:
        row = _row(connection, login)
    now = _now()
    if row and row["locked_until"] > now.isoformat():
        raise AccountError("Too many attempts. Please try again in some minutes, or ask for a new link (ivy accounts link).")
    right = _is_right(row["password"] if row and row["password"] else _NOBODYS, password)
    if not right or not row or not row["password"] or row["disabled_at"]:
        if row:
            _count_failure(engine, row["login"], now)
        raise AccountError("The name or the password is not right.")
    _update(engine, row["login"], failures=0, locked_until="", **({"password": _hasher.hash(password)} if _hasher.check_needs_rehash(row["password"]) else {}))
    return _account(row)


def change_password(engine: sa.engine.Engine, login: str, old: str, new: str) -> Account:
    """Raises AccountError when the old one is not right or the new one is too short or long. Sessions
    older than `password_changed_at` should end."""
    account = sign_in(engine, login, old)
    _update(engine, account.login, password=_new_password(new), password_changed_at=_stamp())
    return find_account(engine, login) or account


def new_link(engine: sa.engine.Engine, login: str) -> str:
    """A one-time token to set an account's password anew; earlier ones end. Raises AccountError for an unknown login."""
    with engine.begin() as connection:
        if not _row(connection, login):
            raise AccountError(f"There is no account '{login}'; see ivy accounts list.")
        return _new_link(connection, _login(login))


def first_link(engine: sa.engine.Engine) -> Optional[str]:
    """A one-time token that makes the first account; earlier ones end. None when there is an account."""
    with engine.begin() as connection:
        if connection.execute(sa.select(sa.func.count()).select_from(accounts)).scalar():
            return None
        return _new_link(connection, "")


def link_login(engine: sa.engine.Engine, token: str) -> Optional[str]:
    """Whose password a token may set: a login, "" for the first account's, None when it was used or has ended."""
    with engine.connect() as connection:
        row = connection.execute(sa.select(links).where(links.c.hash == _hash(token))).mappings().first()
    return row["login"] if row and row["until"] > _now().isoformat() else None


def use_link(engine: sa.engine.Engine, token: str, password: str, login: str = "", name: str = "", role: str = "clinician") -> Account:
    """Set the password, and end the link. For the first account also its login, name and role. Raises
    AccountError, and the link stays, when something is wrong with them."""
    whose, hashed = link_login(engine, token), _new_password(password)
    if whose is None:
        raise AccountError("This link was used or has ended. Ask for a new one (ivy accounts link).")
    with engine.begin() as connection:
        if not connection.execute(links.delete().where(links.c.hash == _hash(token))).rowcount:
            raise AccountError("This link was used a moment ago.")
        if not whose:
            if connection.execute(sa.select(sa.func.count()).select_from(accounts)).scalar():
                raise AccountError("There is an account already. Further ones are made with ivy accounts add.")
            _insert(connection, login, name, role)
        connection.execute(accounts.update().where(accounts.c.login == _login(whose or login)).values(
            password=hashed, password_changed_at=_stamp(), failures=0, locked_until=""))
        return _account(_row(connection, whose or login))


def set_role(engine: sa.engine.Engine, login: str, role: str) -> None:
    """Raises AccountError for an unknown login or role."""
    _role(role)
    _update(engine, _login(login), role=role)


def set_disabled(engine: sa.engine.Engine, login: str, disabled: bool = True) -> None:
    """Close an account, or open it again. What it signed stays signed. Raises AccountError for an unknown login."""
    _update(engine, _login(login), disabled_at=_stamp() if disabled else "")


def _insert(connection: sa.engine.Connection, login: str, name: str, role: str) -> None:
    _role(role)
    login, name = _login(login), " ".join(name.split())
    if not login or not name or len(login) > 60 or len(name) > 120 or not login.isascii() or any(character.isspace() for character in login):
        raise AccountError("An account needs a login (up to 60 letters without accents, no spaces) and a name (up to 120).")
    try:
        connection.execute(accounts.insert().values(login=login, name=name, person=name.casefold(), role=role, password="", made_at=_stamp(),
                                                    password_changed_at="", disabled_at="", failures=0, locked_until=""))
    except sa.exc.IntegrityError as error:
        raise AccountError(f"There is an account with the login '{login}' or the name '{name}' already; signatures must tell people apart.") from error


def _new_link(connection: sa.engine.Connection, login: str) -> str:
    token = secrets.token_urlsafe(32)
    connection.execute(links.delete().where(links.c.login == login))
    connection.execute(links.insert().values(hash=_hash(token), login=login, until=(_now() + LINK_HOLDS).isoformat()))
    return token


def _count_failure(engine: sa.engine.Engine, login: str, now: datetime) -> None:
    with engine.begin() as connection:
        connection.execute(accounts.update().where(accounts.c.login == login).values(failures=accounts.c.failures + 1))
        failures = connection.execute(sa.select(accounts.c.failures).where(accounts.c.login == login)).scalar()
        if failures >= FAILURES_BEFORE_LOCK:
            wait = min(FIRST_LOCK * 2 ** min(failures - FAILURES_BEFORE_LOCK, 10), LONGEST_LOCK)
            connection.execute(accounts.update().where(accounts.c.login == login).values(locked_until=(now + wait).isoformat()))


def _update(engine: sa.engine.Engine, login: str, **values) -> None:
    with engine.begin() as connection:
        if not connection.execute(accounts.update().where(accounts.c.login == login).values(**values)).rowcount:
            raise AccountError(f"There is no account '{login}'; see ivy accounts list.")


def _row(connection: sa.engine.Connection, login: str):
    return connection.execute(sa.select(accounts).where(accounts.c.login == _login(login))).mappings().first()


def _account(row) -> Account:
    return Account(**{key: row[key] for key in Account.__dataclass_fields__})


def _is_right(hashed: str, password: str) -> bool:
    try:
        return len(password) <= LONGEST_PASSWORD and _hasher.verify(hashed, password)
    except argon2.exceptions.VerificationError:
        return False


def _new_password(password: str) -> str:
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise AccountError(f"Please choose a password of {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters; a few words together are good.")
    return _hasher.hash(password)


def _role(role: str) -> None:
    if role not in ROLES:
        raise AccountError(f"'{role}' is no role; use one of: {', '.join(ROLES)}.")


def _login(login: str) -> str:
    return login.strip().casefold()


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _now() -> datetime:
    return datetime.now(timezone.utc)


def _stamp() -> str:
    return _now().isoformat(timespec="seconds")
