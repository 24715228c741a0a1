"""Plays under way: runs, steps, approvals, variants, and what goes out because of them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "play_version",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("definition", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_play_version")),
    )
    op.create_index("uq_play_version_name_version", "play_version", ["name", "version"], unique=True)
    op.create_table(
        "account_flag",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("flag", sa.Text(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("set_by", sa.Integer(), nullable=True),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("cleared_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
            name=op.f("fk_account_flag_account_id_account"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["set_by"], ["person.id"], name=op.f("fk_account_flag_set_by_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_flag")),
    )
    op.create_index(
        "uq_account_flag_current",
        "account_flag",
        ["account_id", "flag"],
        unique=True,
        postgresql_where=sa.text("cleared_at is null"),
    )
    op.create_table(
        "play_variant",
        sa.Column("playbook", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("variant", sa.Text(), nullable=False),
        sa.Column("stratum", sa.Text(), nullable=False),
        sa.Column("assigned_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
            name=op.f("fk_play_variant_account_id_account"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("playbook", "account_id", name=op.f("pk_play_variant")),
    )
    op.create_index("ix_play_variant_stratum", "play_variant", ["playbook", "stratum"], unique=False)
    op.create_table(
        "play_run",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("playbook", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("play_class", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("variant", sa.Text(), nullable=True),
        sa.Column("alert_id", sa.BigInteger(), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_by", sa.Integer(), nullable=True),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("anchor_on", sa.Date(), nullable=True),
        sa.Column("renewal_on", sa.Date(), nullable=True),
        sa.Column(
            "facts", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False
        ),
        sa.Column("shifted_seconds", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("paused_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resumed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("held_by", sa.BigInteger(), nullable=True),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.CheckConstraint("(state = 'active') = (next_at is not null)", name=op.f("ck_play_run_goes_on")),
        sa.CheckConstraint(
            "(state in ('completed','cancelled')) = (ended_at is not null)", name=op.f("ck_play_run_ended")
        ),
        sa.CheckConstraint(
            "state in ('active','paused','completed','cancelled')", name=op.f("ck_play_run_state")
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_play_run_account_id_account"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["alert_id"], ["alert.id"], name=op.f("fk_play_run_alert_id_alert"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["held_by"], ["play_run.id"], name=op.f("fk_play_run_held_by_play_run"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["started_by"], ["person.id"], name=op.f("fk_play_run_started_by_person")),
        sa.ForeignKeyConstraint(
            ["version_id"], ["play_version.id"], name=op.f("fk_play_run_version_id_play_version")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_play_run")),
    )
    op.create_index("ix_play_run_account_id", "play_run", ["account_id"], unique=False)
    op.create_index(
        "ix_play_run_alert_id",
        "play_run",
        ["alert_id"],
        unique=False,
        postgresql_where=sa.text("alert_id is not null"),
    )
    op.create_index(
        "ix_play_run_due", "play_run", ["next_at"], unique=False, postgresql_where=sa.text("state = 'active'")
    )
    op.create_index(
        "ix_play_run_held_by",
        "play_run",
        ["held_by"],
        unique=False,
        postgresql_where=sa.text("held_by is not null"),
    )
    op.create_index(
        "uq_play_run_living",
        "play_run",
        ["account_id", "playbook"],
        unique=True,
        postgresql_where=sa.text("state in ('active','paused')"),
    )
    op.create_table(
        "play_step",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("waits_for", sa.Text(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("held_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("deadline_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("acts_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reminded", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_by", sa.Integer(), nullable=True),
        sa.Column(
            "detail", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False
        ),
        sa.CheckConstraint(
            "(state = 'open') = (waits_for is not null and acts_at is not null)",
            name=op.f("ck_play_step_goes_on"),
        ),
        sa.CheckConstraint(
            "state in ('pending','open','done','skipped','cancelled')", name=op.f("ck_play_step_state")
        ),
        sa.CheckConstraint(
            "waits_for in ('person','verdict','condition')", name=op.f("ck_play_step_waits_for")
        ),
        sa.ForeignKeyConstraint(["done_by"], ["person.id"], name=op.f("fk_play_step_done_by_person")),
        sa.ForeignKeyConstraint(["owner_id"], ["person.id"], name=op.f("fk_play_step_owner_id_person")),
        sa.ForeignKeyConstraint(
            ["run_id"], ["play_run.id"], name=op.f("fk_play_step_run_id_play_run"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_play_step")),
    )
    op.create_index(
        "ix_play_step_owner_open",
        "play_step",
        ["owner_id", "deadline_at"],
        unique=False,
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_index("uq_play_step_run_id_name", "play_step", ["run_id", "name"], unique=True)
    op.create_table(
        "approval",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.Column("step_id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("requested_by", sa.Integer(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("to_address", sa.Text(), nullable=True),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column(
            "facts", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False
        ),
        sa.Column("verdict", sa.Text(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("approved_subject", sa.Text(), nullable=True),
        sa.Column("approved_body", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "verdict <> 'approved' or decided_by is not null", name=op.f("ck_approval_by_somebody")
        ),
        sa.CheckConstraint(
            "verdict <> 'approved' or requested_by is null or decided_by <> requested_by",
            name=op.f("ck_approval_not_by_self"),
        ),
        sa.CheckConstraint(
            "verdict in ('approved','declined','expired','withdrawn')", name=op.f("ck_approval_verdict")
        ),
        sa.CheckConstraint("(verdict is null) = (decided_at is null)", name=op.f("ck_approval_decided")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_approval_account_id_account"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["decided_by"], ["person.id"], name=op.f("fk_approval_decided_by_person")),
        sa.ForeignKeyConstraint(
            ["requested_by"], ["person.id"], name=op.f("fk_approval_requested_by_person")
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["play_run.id"], name=op.f("fk_approval_run_id_play_run"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["step_id"], ["play_step.id"], name=op.f("fk_approval_step_id_play_step"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval")),
    )
    op.create_index(
        "ix_approval_open", "approval", ["until"], unique=False, postgresql_where=sa.text("verdict is null")
    )
    op.create_index("uq_approval_step_id", "approval", ["step_id"], unique=True)
    op.create_table(
        "crm_update",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("step_id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("object", sa.Text(), nullable=False),
        sa.Column("fields", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("queued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.Text(), server_default="queued", nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "status in ('queued','done','failed','dropped')", name=op.f("ck_crm_update_status")
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_crm_update_account_id_account"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["step_id"], ["play_step.id"], name=op.f("fk_crm_update_step_id_play_step"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_crm_update")),
    )
    op.create_index(
        "ix_crm_update_queued",
        "crm_update",
        ["id"],
        unique=False,
        postgresql_where=sa.text("status = 'queued'"),
    )
    op.create_index("uq_crm_update_step_id", "crm_update", ["step_id"], unique=True)
    op.create_table(
        "customer_mail",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("step_id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("to_address", sa.Text(), nullable=False),
        sa.Column("to_name", sa.Text(), nullable=True),
        sa.Column("sender_id", sa.Integer(), nullable=True),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), server_default="queued", nullable=False),
        sa.Column("queued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("lease", sa.Uuid(), nullable=True),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "status in ('queued','sending','sent','failed','unknown','dropped')",
            name=op.f("ck_customer_mail_status"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
            name=op.f("fk_customer_mail_account_id_account"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["sender_id"], ["person.id"], name=op.f("fk_customer_mail_sender_id_person")),
        sa.ForeignKeyConstraint(
            ["step_id"], ["play_step.id"], name=op.f("fk_customer_mail_step_id_play_step"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer_mail")),
        sa.UniqueConstraint("message_id", name=op.f("uq_customer_mail_message_id")),
    )
    op.create_index("ix_customer_mail_account_id", "customer_mail", ["account_id", "queued_at"], unique=False)
    op.create_index(
        "ix_customer_mail_due",
        "customer_mail",
        ["not_before", "id"],
        unique=False,
        postgresql_where=sa.text("status in ('queued','sending')"),
    )
    op.create_index("uq_customer_mail_step_id", "customer_mail", ["step_id"], unique=True)
    op.create_table(
        "play_event",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.Column("step_id", sa.BigInteger(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column(
            "detail", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_play_event_person_id_person")),
        sa.ForeignKeyConstraint(
            ["run_id"], ["play_run.id"], name=op.f("fk_play_event_run_id_play_run"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["step_id"], ["play_step.id"], name=op.f("fk_play_event_step_id_play_step"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_play_event")),
    )
    op.create_index("ix_play_event_run_id", "play_event", ["run_id", "id"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_play_event_run_id", table_name="play_event")
    op.drop_table("play_event")
    op.drop_index("uq_customer_mail_step_id", table_name="customer_mail")
    op.drop_index(
        "ix_customer_mail_due",
        table_name="customer_mail",
        postgresql_where=sa.text("status in ('queued','sending')"),
    )
    op.drop_index("ix_customer_mail_account_id", table_name="customer_mail")
    op.drop_table("customer_mail")
    op.drop_index("uq_crm_update_step_id", table_name="crm_update")
    op.drop_index(
        "ix_crm_update_queued", table_name="crm_update", postgresql_where=sa.text("status = 'queued'")
    )
    op.drop_table("crm_update")
    op.drop_index("uq_approval_step_id", table_name="approval")
    op.drop_index("ix_approval_open", table_name="approval", postgresql_where=sa.text("verdict is null"))
    op.drop_table("approval")
    op.drop_index("uq_play_step_run_id_name", table_name="play_step")
    op.drop_index(
        "ix_play_step_owner_open", table_name="play_step", postgresql_where=sa.text("state = 'open'")
    )
    op.drop_table("play_step")
    op.drop_index(
        "uq_play_run_living", table_name="play_run", postgresql_where=sa.text("state in ('active','paused')")
    )
    op.drop_index(
        "ix_play_run_held_by", table_name="play_run", postgresql_where=sa.text("held_by is not null")
    )
    op.drop_index("ix_play_run_due", table_name="play_run", postgresql_where=sa.text("state = 'active'"))
    op.drop_index(
        "ix_play_run_alert_id", table_name="play_run", postgresql_where=sa.text("alert_id is not null")
    )
    op.drop_index("ix_play_run_account_id", table_name="play_run")
    op.drop_table("play_run")
    op.drop_index("ix_play_variant_stratum", table_name="play_variant")
    op.drop_table("play_variant")
    op.drop_index(
        "uq_account_flag_current", table_name="account_flag", postgresql_where=sa.text("cleared_at is null")
    )
    op.drop_table("account_flag")
    op.drop_index("uq_play_version_name_version", table_name="play_version")
    op.drop_table("play_version")
