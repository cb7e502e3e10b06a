"""Processes of their own for tests. Not forks of the tests' process, which would inherit locks that its other threads hold: of one
that has no threads, with everything imported that they need."""

from __future__ import annotations

import multiprocessing

processes = multiprocessing.get_context("forkserver")
processes.set_forkserver_preload(["pytest", "bot.library.approvals", "bot.records.database", "bot.release.installing"])
