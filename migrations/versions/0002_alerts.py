"""Alerts with their whole life: promises, feedback, rules' records, notices, and who did what."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "audit_entry",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column(
            "detail", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entry")),
    )
    op.create_index("ix_audit_entry_account_id", "audit_entry", ["account_id"], unique=False)
    op.create_index("ix_audit_entry_at", "audit_entry", ["at"], unique=False)
    op.create_table(
        "rule_state",
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("streak", sa.SmallInteger(), nullable=False),
        sa.Column("firing", sa.Boolean(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("rule", "account_id", name=op.f("pk_rule_state")),
    )
    op.create_table(
        "digest",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_digest_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_digest")),
    )
    op.create_index("uq_digest_kind_channel_day", "digest", ["kind", "channel", "day"], unique=True)
    op.create_table(
        "mail",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("state_key", sa.Text(), nullable=False),
        sa.Column("to_address", sa.Text(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=True),
        sa.Column(
            "references",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'[]'"),
            nullable=False,
        ),
        sa.Column("subject", sa.Text(), nullable=True),
        sa.Column("body_text", sa.Text(), nullable=True),
        sa.Column("body_html", sa.Text(), nullable=True),
        sa.Column("unsubscribe_url", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), server_default="queued", nullable=False),
        sa.Column("queued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("lease", sa.Uuid(), nullable=True),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "status in ('queued','sending','sent','failed','unknown','dropped')", name=op.f("ck_mail_status")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_mail_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail")),
        sa.UniqueConstraint("message_id", name=op.f("uq_mail_message_id")),
    )
    op.create_index(
        "ix_mail_due",
        "mail",
        ["not_before", "id"],
        unique=False,
        postgresql_where=sa.text("status in ('queued','sending')"),
    )
    op.create_index("uq_mail_about", "mail", ["kind", "subject_id", "person_id", "state_key"], unique=True)
    op.create_table(
        "preference",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("way", sa.Text(), nullable=False),
        sa.Column("frequency", sa.Text(), nullable=False),
        sa.CheckConstraint("frequency in ('at_once','digest','never')", name=op.f("ck_preference_frequency")),
        sa.CheckConstraint("way in ('slack','email')", name=op.f("ck_preference_way")),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_preference_person_id_person"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("person_id", "event", "way", name=op.f("pk_preference")),
    )
    op.create_table(
        "quiet_hours",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("starts_at", sa.Time(), nullable=False),
        sa.Column("ends_at", sa.Time(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_quiet_hours_person_id_person"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_quiet_hours")),
    )
    op.create_table(
        "rule_change",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("before", sa.Double(), nullable=False),
        sa.Column("after", sa.Double(), nullable=False),
        sa.Column(
            "evidence",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
        sa.Column("state", sa.Text(), server_default="proposed", nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("put_back_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("put_back_by", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "state in ('proposed','accepted','declined','put_back')", name=op.f("ck_rule_change_state")
        ),
        sa.ForeignKeyConstraint(["decided_by"], ["person.id"], name=op.f("fk_rule_change_decided_by_person")),
        sa.ForeignKeyConstraint(
            ["put_back_by"], ["person.id"], name=op.f("fk_rule_change_put_back_by_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rule_change")),
    )
    op.create_index(
        "uq_rule_change_proposed",
        "rule_change",
        ["rule", "key"],
        unique=True,
        postgresql_where=sa.text("state = 'proposed'"),
    )
    op.create_table(
        "alert_feedback",
        sa.Column("alert_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("useful", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["alert_id"], ["alert.id"], name=op.f("fk_alert_feedback_alert_id_alert"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_alert_feedback_person_id_person")
        ),
        sa.PrimaryKeyConstraint("alert_id", "person_id", name=op.f("pk_alert_feedback")),
    )
    op.create_table(
        "alert_promise",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("alert_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("step", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("left_seconds", sa.Integer(), nullable=True),
        sa.Column(
            "detail", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False
        ),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "kind in ('escalate','confirm','unanswered','wake','close','tell')",
            name=op.f("ck_alert_promise_kind"),
        ),
        sa.CheckConstraint("outcome in ('kept','dropped')", name=op.f("ck_alert_promise_outcome")),
        sa.ForeignKeyConstraint(
            ["alert_id"], ["alert.id"], name=op.f("fk_alert_promise_alert_id_alert"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_alert_promise_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert_promise")),
    )
    op.create_index(
        "ix_alert_promise_due",
        "alert_promise",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("ended_at is null and due_at is not null"),
    )
    op.create_index(
        "uq_alert_promise_pending",
        "alert_promise",
        ["alert_id", "kind", "step", sa.literal_column("coalesce(person_id, 0)")],
        unique=True,
        postgresql_where=sa.text("ended_at is null"),
    )
    op.create_table(
        "rule_fire",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("csm_id", sa.Integer(), nullable=True),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("alert_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "facts", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False
        ),
        sa.Column("review", sa.Boolean(), nullable=True),
        sa.Column("reviewed_by", sa.Integer(), nullable=True),
        sa.Column("reviewed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "outcome in ('opened','joined','shadow','suppressed')", name=op.f("ck_rule_fire_outcome")
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_rule_fire_account_id_account"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["alert_id"], ["alert.id"], name=op.f("fk_rule_fire_alert_id_alert"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["reviewed_by"], ["person.id"], name=op.f("fk_rule_fire_reviewed_by_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rule_fire")),
    )
    op.create_index("ix_rule_fire_at", "rule_fire", ["at"], unique=False)
    op.create_index(
        "uq_rule_fire_rule_account_id_as_of", "rule_fire", ["rule", "account_id", "as_of"], unique=True
    )
    op.add_column("alert", sa.Column("owner_id", sa.Integer(), nullable=True))
    op.add_column("alert", sa.Column("snoozed_until", sa.DateTime(timezone=True), nullable=True))
    op.add_column("alert", sa.Column("snoozed_score", sa.SmallInteger(), nullable=True))
    op.add_column(
        "alert", sa.Column("escalated", sa.SmallInteger(), server_default=sa.text("0"), nullable=False)
    )
    op.add_column(
        "alert", sa.Column("good_runs", sa.SmallInteger(), server_default=sa.text("0"), nullable=False)
    )
    op.add_column("alert", sa.Column("followed_on", sa.Date(), nullable=True))
    op.add_column("alert", sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index("ix_alert_owner_id_opened_at", "alert", ["owner_id", "opened_at"], unique=False)
    op.create_index(
        "ix_alert_unresolved",
        "alert",
        ["owner_id"],
        unique=False,
        postgresql_where=sa.text("state not in ('resolved','dismissed')"),
    )
    op.create_foreign_key(op.f("fk_alert_owner_id_person"), "alert", "person", ["owner_id"], ["id"])
    op.add_column("person", sa.Column("deputy_id", sa.Integer(), nullable=True))
    op.add_column("person", sa.Column("away_from", sa.Date(), nullable=True))
    op.add_column("person", sa.Column("away_until", sa.Date(), nullable=True))
    op.create_foreign_key(op.f("fk_person_deputy_id_person"), "person", "person", ["deputy_id"], ["id"])
    op.add_column("slack_lane", sa.Column("channel_id", sa.Text(), nullable=True))
    op.add_column("slack_message", sa.Column("shown_at", sa.DateTime(timezone=True), nullable=True))

    op.drop_constraint("ck_alert_state", "alert")
    op.create_check_constraint(
        "state", "alert", "state in ('open','acknowledged','snoozed','resolved','dismissed')"
    )
    op.drop_index("uq_alert_open", table_name="alert")
    op.create_index(
        "uq_alert_open",
        "alert",
        ["account_id", "rule"],
        unique=True,
        postgresql_where=sa.text("state not in ('resolved','dismissed')"),
    )
    # An audit log that its own application can rewrite proves nothing.
    op.execute(
        """
        CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION '% only ever grows: its rows are not changed or deleted', TG_TABLE_NAME; END $$
        """
    )
    op.execute(
        """
        CREATE TRIGGER audit_entry_append_only BEFORE UPDATE OR DELETE ON audit_entry
        FOR EACH ROW EXECUTE FUNCTION refuse_change()
        """
    )
    # An alert that is open already belongs to its account's CSM.
    op.execute(
        """
        UPDATE alert SET owner_id = account.csm_id FROM account
        WHERE account.id = alert.account_id AND alert.state <> 'resolved'
        """
    )


def downgrade() -> None:

    op.execute("DROP TRIGGER audit_entry_append_only ON audit_entry")
    op.execute("DROP FUNCTION refuse_change()")
    op.drop_index("uq_alert_open", table_name="alert")
    op.execute("UPDATE alert SET state = 'resolved' WHERE state = 'dismissed'")
    op.execute("UPDATE alert SET state = 'open' WHERE state = 'snoozed'")
    op.drop_constraint("ck_alert_state", "alert")
    op.create_check_constraint("state", "alert", "state in ('open','acknowledged','resolved')")
    op.create_index(
        "uq_alert_open",
        "alert",
        ["account_id", "rule"],
        unique=True,
        postgresql_where=sa.text("state <> 'resolved'"),
    )
    op.drop_column("slack_message", "shown_at")
    op.drop_column("slack_lane", "channel_id")
    op.drop_constraint(op.f("fk_person_deputy_id_person"), "person", type_="foreignkey")
    op.drop_column("person", "away_until")
    op.drop_column("person", "away_from")
    op.drop_column("person", "deputy_id")
    op.drop_constraint(op.f("fk_alert_owner_id_person"), "alert", type_="foreignkey")
    op.drop_index(
        "ix_alert_unresolved",
        table_name="alert",
        postgresql_where=sa.text("state not in ('resolved','dismissed')"),
    )
    op.drop_index("ix_alert_owner_id_opened_at", table_name="alert")
    op.drop_column("alert", "proposed_at")
    op.drop_column("alert", "followed_on")
    op.drop_column("alert", "good_runs")
    op.drop_column("alert", "escalated")
    op.drop_column("alert", "snoozed_score")
    op.drop_column("alert", "snoozed_until")
    op.drop_column("alert", "owner_id")
    op.drop_index("uq_rule_fire_rule_account_id_as_of", table_name="rule_fire")
    op.drop_index("ix_rule_fire_at", table_name="rule_fire")
    op.drop_table("rule_fire")
    op.drop_index(
        "uq_alert_promise_pending", table_name="alert_promise", postgresql_where=sa.text("ended_at is null")
    )
    op.drop_index(
        "ix_alert_promise_due",
        table_name="alert_promise",
        postgresql_where=sa.text("ended_at is null and due_at is not null"),
    )
    op.drop_table("alert_promise")
    op.drop_table("alert_feedback")
    op.drop_index(
        "uq_rule_change_proposed", table_name="rule_change", postgresql_where=sa.text("state = 'proposed'")
    )
    op.drop_table("rule_change")
    op.drop_table("quiet_hours")
    op.drop_table("preference")
    op.drop_index("uq_mail_about", table_name="mail")
    op.drop_index(
        "ix_mail_due", table_name="mail", postgresql_where=sa.text("status in ('queued','sending')")
    )
    op.drop_table("mail")
    op.drop_index("uq_digest_kind_channel_day", table_name="digest")
    op.drop_table("digest")
    op.drop_table("rule_state")
    op.drop_index("ix_audit_entry_at", table_name="audit_entry")
    op.drop_index("ix_audit_entry_account_id", table_name="audit_entry")
    op.drop_table("audit_entry")
