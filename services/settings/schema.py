"""The rows of settings, each written in the transaction of what is behind it. A feature's own rows have a migration each."""

from __future__ import annotations

from chassis.migrations import Migration
from chassis.outbox_rows import BUNDLES, TABLE
from contracts.phone import Feature

MIGRATIONS = (
    Migration(
        "0001-numbers-states",
        """
        CREATE TABLE numbers (
            assignment_id TEXT PRIMARY KEY,
            number TEXT NOT NULL,
            contract_number TEXT NOT NULL,
            features INTEGER NOT NULL,
            removed INTEGER NOT NULL,
            position BIGINT NOT NULL
        );
        CREATE INDEX numbers_by_number ON numbers (number) WHERE removed = 0;
        CREATE INDEX numbers_by_line ON numbers (contract_number) WHERE removed = 0;
        CREATE TABLE states (
            stream_id TEXT PRIMARY KEY,
            assignment_id TEXT NOT NULL,
            feature TEXT NOT NULL,
            version BIGINT NOT NULL,
            state TEXT NOT NULL
        );
        CREATE INDEX states_of_number ON states (assignment_id)
        """,
    ),
    Migration("0002-outbox", TABLE),
    Migration(
        "0003-network-events",
        """
        CREATE TABLE network_events (event_key TEXT PRIMARY KEY, taken_at BIGINT NOT NULL);
        CREATE INDEX network_events_by_time ON network_events (taken_at)
        """,
    ),
    Migration(
        "0004-address-links-news",
        """
        CREATE TABLE address_links (
            token_hash TEXT PRIMARY KEY,
            assignment_id TEXT NOT NULL,
            feature TEXT NOT NULL,
            address_id TEXT NOT NULL,
            expires_at BIGINT NOT NULL,
            written_at BIGINT NOT NULL
        );
        CREATE INDEX address_links_of_number ON address_links (assignment_id, written_at);
        CREATE INDEX address_links_by_time ON address_links (expires_at);
        CREATE TABLE line_news (
            assignment_id TEXT NOT NULL,
            place BIGINT NOT NULL,
            event_key TEXT NOT NULL,
            told TEXT NOT NULL,
            PRIMARY KEY (assignment_id, place, event_key)
        );
        CREATE INDEX line_news_by_time ON line_news (place)
        """,
    ),
    Migration(
        "0010-exclusive-features",
        "CREATE TABLE exclusive_features (assignment_id TEXT PRIMARY KEY, feature TEXT NOT NULL)",
    ),
    # BYTEA is PostgreSQL's; SQLite keeps what it is given whatever the column is called.
    Migration(
        "0011-faxes",
        """
        CREATE TABLE fax_documents (
            document_id TEXT PRIMARY KEY,
            locked_key TEXT NOT NULL,
            at BIGINT NOT NULL,
            parts INTEGER,
            size BIGINT,
            digest TEXT,
            pages INTEGER,
            fault TEXT,
            assignment_id TEXT,
            event_id TEXT,
            outcome TEXT
        );
        CREATE UNIQUE INDEX fax_documents_by_event ON fax_documents (event_id) WHERE event_id IS NOT NULL;
        CREATE INDEX fax_documents_unclaimed ON fax_documents (at) WHERE assignment_id IS NULL;
        CREATE TABLE fax_parts (
            document_id TEXT NOT NULL,
            form TEXT NOT NULL,
            place INTEGER NOT NULL,
            content BYTEA NOT NULL,
            PRIMARY KEY (document_id, form, place)
        );
        CREATE TABLE fax_renderings (
            document_id TEXT NOT NULL,
            form TEXT NOT NULL,
            parts INTEGER NOT NULL,
            size BIGINT NOT NULL,
            at BIGINT NOT NULL,
            PRIMARY KEY (document_id, form)
        );
        CREATE INDEX fax_renderings_by_age ON fax_renderings (at);
        CREATE TABLE faxes (
            fax_id TEXT PRIMARY KEY,
            assignment_id TEXT NOT NULL,
            received_at BIGINT NOT NULL,
            caller TEXT,
            pages INTEGER NOT NULL,
            size BIGINT NOT NULL,
            fault TEXT,
            read_already INTEGER NOT NULL,
            kept_at BIGINT NOT NULL,
            deleted_at BIGINT
        );
        CREATE INDEX faxes_of_number ON faxes (assignment_id, received_at);
        CREATE INDEX faxes_by_age ON faxes (kept_at);
        CREATE INDEX faxes_by_deletion ON faxes (deleted_at) WHERE deleted_at IS NOT NULL
        """,
    ),
    Migration(
        "0020-forwarding",
        """
        CREATE TABLE line_graphs (
            contract_number TEXT PRIMARY KEY,
            version BIGINT NOT NULL
        );
        CREATE TABLE bulk_routes (
            assignment_id TEXT PRIMARY KEY,
            group_id TEXT NOT NULL,
            subject TEXT NOT NULL,
            target TEXT NOT NULL
        );
        CREATE INDEX bulk_routes_of_group ON bulk_routes (group_id)
        """,
    ),
    Migration(
        "0021-forwarding-groups",
        """
        CREATE TABLE forwarding_groups (
            group_id TEXT PRIMARY KEY,
            line TEXT NOT NULL,
            contract_number TEXT NOT NULL,
            state TEXT NOT NULL,
            cause TEXT NOT NULL,
            automatic INTEGER NOT NULL,
            rules TEXT NOT NULL
        );
        CREATE INDEX forwarding_groups_of_line ON forwarding_groups (line);
        CREATE INDEX forwarding_groups_starting ON forwarding_groups (group_id) WHERE state = 'starting';
        CREATE INDEX bulk_routes_of_line ON bulk_routes (subject)
        """,
    ),
    Migration("0022-bulk-jobs", "CREATE TABLE bulk_jobs (job_id TEXT PRIMARY KEY, applied_at BIGINT NOT NULL)"),
    Migration("0023-bundles", BUNDLES),
    Migration(
        "0024-line-faults",
        """
        CREATE TABLE line_faults (
            contract_number TEXT NOT NULL,
            fault TEXT NOT NULL,
            version BIGINT NOT NULL,
            told_at BIGINT NOT NULL,
            PRIMARY KEY (contract_number, fault)
        );
        CREATE INDEX line_faults_by_time ON line_faults (told_at)
        """,
    ),
)

_BITS = {feature: 1 << place for place, feature in enumerate(Feature)}


def to_mask(codes: list[str]) -> int:
    """Contracted features as one integer, a bit each. Codes that are not known yet are passed over."""
    return sum(bit for feature, bit in _BITS.items() if feature.value in codes)


def bit_of(feature: Feature) -> int:
    """The bit of one feature in the mask."""
    return _BITS[feature]
