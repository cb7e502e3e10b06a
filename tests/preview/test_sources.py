"""A source that has an address can be opened from the page."""

from __future__ import annotations

import pytest

from bot.preview.sources import links

ADDRESSES = {
    "doi 10.1111/trf.13200": ["https://doi.org/10.1111/trf.13200"],
    "PMC7938620; PMID 10726000": ["https://pmc.ncbi.nlm.nih.gov/articles/PMC7938620/", "https://pubmed.ncbi.nlm.nih.gov/10726000/"],
    "https://example.org/page (copy)": ["https://example.org/page"],
    "Blood 2011;117:4190": [],
    "doi s41372-020-0642-0": [],
}


@pytest.mark.parametrize("identifier", ADDRESSES)
def test_identifier_leads_to_its_address(identifier):
    assert links({"identifier": identifier}) == ADDRESSES[identifier]
