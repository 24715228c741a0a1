"""The first schema."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "account_score",
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("score_micro", sa.Integer(), nullable=True),
        sa.Column("level", sa.Text(), nullable=True),
        sa.Column("previous_micro", sa.Integer(), nullable=True),
        sa.Column("previous_level", sa.Text(), nullable=True),
        sa.Column("delta_7_micro", sa.Integer(), nullable=True),
        sa.Column("delta_30_micro", sa.Integer(), nullable=True),
        sa.Column("trend", sa.Text(), nullable=True),
        sa.Column("coverage_percent", sa.SmallInteger(), nullable=False),
        sa.Column("csm_id", sa.Integer(), nullable=True),
        sa.Column("segment", sa.Text(), nullable=True),
        sa.Column("stage", sa.Text(), nullable=True),
        sa.Column("arr_cents", sa.BigInteger(), nullable=False),
        sa.Column("arr_at_risk_cents", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("model", "account_id", name=op.f("pk_account_score")),
        postgresql_with={"fillfactor": 45},
    )
    op.create_index(
        "ix_account_score_cell",
        "account_score",
        [
            "model",
            sa.literal_column("coalesce(segment, '')"),
            sa.literal_column("coalesce(stage, '')"),
            sa.literal_column("coalesce(level, '')"),
            sa.literal_column("arr_at_risk_cents desc"),
            "account_id",
        ],
        unique=False,
    )
    op.create_index(
        "ix_account_score_csm",
        "account_score",
        ["model", "csm_id", sa.literal_column("arr_at_risk_cents desc"), "account_id"],
        unique=False,
    )
    op.create_index(
        "ix_account_score_improving",
        "account_score",
        ["model", sa.literal_column("delta_30_micro desc"), "account_id"],
        unique=False,
        postgresql_where=sa.text("delta_30_micro >= 5000000"),
    )
    op.create_table(
        "delivery_key",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_delivery_key")),
    )
    op.create_index("ix_delivery_key_seen_at", "delivery_key", ["seen_at"], unique=False)
    op.create_table(
        "feature",
        sa.Column("id", sa.SmallInteger(), sa.Identity(always=False, start=0, minvalue=0), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feature")),
        sa.UniqueConstraint("name", name=op.f("uq_feature_name")),
    )
    op.create_table(
        "feed_day",
        sa.Column("feed", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("recorded_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("feed", "day", name=op.f("pk_feed_day")),
    )
    op.create_table(
        "held_flood",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_held_flood")),
        sa.UniqueConstraint("as_of", name=op.f("uq_held_flood_as_of")),
    )
    op.create_table(
        "import_run",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("recorded_on", sa.Date(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "counts", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_run")),
    )
    op.create_table(
        "job_run",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("wall_clock", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seconds", sa.Double(), nullable=True),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job_run")),
    )
    op.create_index("uq_job_run_name_wall_clock", "job_run", ["name", "wall_clock"], unique=True)
    op.create_table(
        "model_version",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("definition", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("first_used_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_model_version")),
    )
    op.create_index("uq_model_version_name_version", "model_version", ["name", "version"], unique=True)
    op.create_table(
        "person",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("manager_id", sa.Integer(), nullable=True),
        sa.Column("slack_id", sa.Text(), nullable=True),
        sa.Column("timezone", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "role in ('csm','manager','executive','account_executive','admin')", name=op.f("ck_person_role")
        ),
        sa.ForeignKeyConstraint(["manager_id"], ["person.id"], name=op.f("fk_person_manager_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sa.UniqueConstraint("email", name=op.f("uq_person_email")),
        sa.UniqueConstraint("slack_id", name=op.f("uq_person_slack_id")),
    )
    op.create_table(
        "portfolio_total",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("csm_id", sa.Integer(), nullable=True),
        sa.Column("segment", sa.Text(), nullable=True),
        sa.Column("stage", sa.Text(), nullable=True),
        sa.Column("level", sa.Text(), nullable=True),
        sa.Column("accounts", sa.Integer(), nullable=False),
        sa.Column("arr_cents", sa.BigInteger(), nullable=False),
        sa.Column("arr_at_risk_cents", sa.BigInteger(), nullable=False),
        sa.Column("score_micro_sum", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_portfolio_total")),
    )
    op.create_index("ix_portfolio_total_model_csm", "portfolio_total", ["model", "csm_id"], unique=False)
    op.create_table(
        "schedule",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("cron", sa.Text(), nullable=False),
        sa.Column("timezone", sa.Text(), nullable=False),
        sa.Column("next_run_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_schedule")),
    )
    op.create_table(
        "slack_lane",
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("channel", name=op.f("pk_slack_lane")),
    )
    op.create_table(
        "slack_message",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("channel_id", sa.Text(), nullable=True),
        sa.Column("thread_of", sa.BigInteger(), nullable=True),
        sa.Column("key", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("ts", sa.Text(), nullable=True),
        sa.Column("wanted_version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("shown_version", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("state", sa.Text(), server_default="live", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease", sa.Uuid(), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("attempted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.CheckConstraint("state in ('live','ambiguous','dead')", name=op.f("ck_slack_message_state")),
        sa.ForeignKeyConstraint(
            ["thread_of"], ["slack_message.id"], name=op.f("fk_slack_message_thread_of_slack_message")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_slack_message")),
        sa.UniqueConstraint("key", name=op.f("uq_slack_message_key")),
    )
    op.create_index(
        "ix_slack_message_stale",
        "slack_message",
        ["not_before", "id"],
        unique=False,
        postgresql_where=sa.text("shown_version < wanted_version and state <> 'dead'"),
    )
    op.create_index(
        "uq_slack_message_subject", "slack_message", ["kind", "subject_id", "channel"], unique=True
    )
    op.create_table(
        "usage_daily",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("account_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("recorded_on", sa.Date(), nullable=False),
        sa.Column("active_users", sa.Integer(), nullable=True),
        sa.Column("logins", sa.Integer(), nullable=True),
        sa.Column("core_actions", sa.Integer(), nullable=True),
        sa.Column("api_calls", sa.BigInteger(), nullable=True),
        sa.Column("new_users", sa.Integer(), nullable=True),
        sa.Column("seats_used", sa.Integer(), nullable=True),
        sa.Column("features", postgresql.ARRAY(sa.SmallInteger()), nullable=True),
        sa.PrimaryKeyConstraint("day", "account_id", name=op.f("pk_usage_daily")),
    )
    op.create_index(
        "ix_usage_daily_late",
        "usage_daily",
        ["recorded_on", "day"],
        unique=False,
        postgresql_where=sa.text("recorded_on > day"),
    )
    op.create_table(
        "usage_daily_past",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("account_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("recorded_on", sa.Date(), nullable=False),
        sa.Column("superseded_on", sa.Date(), nullable=False),
        sa.Column("active_users", sa.Integer(), nullable=True),
        sa.Column("logins", sa.Integer(), nullable=True),
        sa.Column("core_actions", sa.Integer(), nullable=True),
        sa.Column("api_calls", sa.BigInteger(), nullable=True),
        sa.Column("new_users", sa.Integer(), nullable=True),
        sa.Column("seats_used", sa.Integer(), nullable=True),
        sa.Column("features", postgresql.ARRAY(sa.SmallInteger()), nullable=True),
        sa.PrimaryKeyConstraint("day", "account_id", "recorded_on", name=op.f("pk_usage_daily_past")),
    )
    op.create_table(
        "usage_event",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("user_key", sa.Text(), nullable=True),
        sa.Column("feature_id", sa.SmallInteger(), nullable=True),
        sa.CheckConstraint(
            "kind in ('login','core_action','api_call','feature','new_user')",
            name=op.f("ck_usage_event_kind"),
        ),
        sa.PrimaryKeyConstraint("day", "message_id", name=op.f("pk_usage_event")),
        postgresql_partition_by="RANGE (day)",
    )
    op.create_index(
        "ix_usage_event_batch_id", "usage_event", ["batch_id"], unique=False, postgresql_using="brin"
    )
    op.create_table(
        "usage_event_batch",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_usage_event_batch")),
    )
    op.create_table(
        "usage_event_gap",
        sa.Column("recorded_on", sa.Date(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("account_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("recorded_on", "day", "account_id", name=op.f("pk_usage_event_gap")),
    )
    op.create_table(
        "usage_first_day",
        sa.Column("metric", sa.Text(), nullable=False),
        sa.Column("recorded_on", sa.Date(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("metric", "recorded_on", name=op.f("pk_usage_first_day")),
    )
    op.create_table(
        "usage_sheet",
        sa.Column("block", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("columns", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("block", "day", name=op.f("pk_usage_sheet")),
    )
    op.create_table(
        "account",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("csm_id", sa.Integer(), nullable=True),
        sa.Column("ae_id", sa.Integer(), nullable=True),
        sa.Column("parent_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("domain", sa.Text(), nullable=True),
        sa.Column("segment", sa.Text(), nullable=True),
        sa.Column("stage", sa.Text(), nullable=True),
        sa.Column("arr_cents", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.Text(), server_default="USD", nullable=False),
        sa.Column("started_on", sa.Date(), nullable=True),
        sa.Column("renewal_on", sa.Date(), nullable=True),
        sa.Column("notice_days", sa.Integer(), nullable=True),
        sa.Column("contract_months", sa.Integer(), nullable=True),
        sa.Column("seats", sa.Integer(), nullable=True),
        sa.Column("plan", sa.Text(), nullable=True),
        sa.Column("plan_limit", sa.Integer(), nullable=True),
        sa.Column("status", sa.Text(), server_default="live", nullable=False),
        sa.Column("churned_on", sa.Date(), nullable=True),
        sa.Column("churn_reason", sa.Text(), nullable=True),
        sa.Column(
            "custom", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False
        ),
        sa.CheckConstraint(
            "segment in ('enterprise','mid_market','smb','self_serve')", name=op.f("ck_account_segment")
        ),
        sa.CheckConstraint("status in ('live','churned')", name=op.f("ck_account_status")),
        sa.ForeignKeyConstraint(["ae_id"], ["person.id"], name=op.f("fk_account_ae_id_person")),
        sa.ForeignKeyConstraint(["csm_id"], ["person.id"], name=op.f("fk_account_csm_id_person")),
        sa.ForeignKeyConstraint(["parent_id"], ["account.id"], name=op.f("fk_account_parent_id_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("external_id", name=op.f("uq_account_external_id")),
    )
    op.create_index("ix_account_csm_id", "account", ["csm_id"], unique=False)
    op.create_index(
        "ix_account_name_lower", "account", [sa.literal_column("lower(name) text_pattern_ops")], unique=False
    )
    op.create_table(
        "score_run",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("model_version_id", sa.Integer(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("accounts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column(
            "notes", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["model_version_id"],
            ["model_version.id"],
            name=op.f("fk_score_run_model_version_id_model_version"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_score_run")),
    )
    op.create_index(
        "uq_score_run_model_version_id_as_of", "score_run", ["model_version_id", "as_of"], unique=True
    )
    op.create_table(
        "score_sheet",
        sa.Column("model_version_id", sa.Integer(), nullable=False),
        sa.Column("block", sa.Integer(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("scores", sa.LargeBinary(), nullable=False),
        sa.Column("inputs", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["model_version_id"],
            ["model_version.id"],
            name=op.f("fk_score_sheet_model_version_id_model_version"),
        ),
        sa.PrimaryKeyConstraint("model_version_id", "block", "as_of", name=op.f("pk_score_sheet")),
    )
    op.create_table(
        "account_product",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("product", sa.Text(), nullable=False),
        sa.Column("arr_cents", sa.BigInteger(), nullable=False),
        sa.Column("recorded_on", sa.Date(), nullable=False),
        sa.Column("superseded_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
            name=op.f("fk_account_product_account_id_account"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_product")),
    )
    op.create_index(
        "uq_account_product_current",
        "account_product",
        ["account_id", "product"],
        unique=True,
        postgresql_where=sa.text("superseded_on is null"),
    )
    op.create_table(
        "account_version",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("recorded_on", sa.Date(), nullable=False),
        sa.Column("csm_id", sa.Integer(), nullable=True),
        sa.Column("ae_id", sa.Integer(), nullable=True),
        sa.Column("parent_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("domain", sa.Text(), nullable=True),
        sa.Column("segment", sa.Text(), nullable=True),
        sa.Column("stage", sa.Text(), nullable=True),
        sa.Column("arr_cents", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.Text(), server_default="USD", nullable=False),
        sa.Column("started_on", sa.Date(), nullable=True),
        sa.Column("renewal_on", sa.Date(), nullable=True),
        sa.Column("notice_days", sa.Integer(), nullable=True),
        sa.Column("contract_months", sa.Integer(), nullable=True),
        sa.Column("seats", sa.Integer(), nullable=True),
        sa.Column("plan", sa.Text(), nullable=True),
        sa.Column("plan_limit", sa.Integer(), nullable=True),
        sa.Column("status", sa.Text(), server_default="live", nullable=False),
        sa.Column("churned_on", sa.Date(), nullable=True),
        sa.Column("churn_reason", sa.Text(), nullable=True),
        sa.Column(
            "custom", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False
        ),
        sa.Column("superseded_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
            name=op.f("fk_account_version_account_id_account"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("account_id", "recorded_on", name=op.f("pk_account_version")),
    )
    op.create_table(
        "alert",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="open", nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("acknowledged_by", sa.Integer(), nullable=True),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state in ('open','acknowledged','resolved')", name=op.f("ck_alert_state")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_alert_account_id_account"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["acknowledged_by"], ["person.id"], name=op.f("fk_alert_acknowledged_by_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert")),
    )
    op.create_index(
        "uq_alert_open",
        "alert",
        ["account_id", "rule"],
        unique=True,
        postgresql_where=sa.text("state <> 'resolved'"),
    )
    op.create_table(
        "arr_movement",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("moved_on", sa.Date(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("recorded_on", sa.Date(), nullable=False),
        sa.Column("superseded_on", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "kind in ('new','expansion','contraction','churn')", name=op.f("ck_arr_movement_kind")
        ),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
            name=op.f("fk_arr_movement_account_id_account"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_arr_movement")),
    )
    op.create_index(
        "uq_arr_movement_current",
        "arr_movement",
        ["account_id", "moved_on", "kind"],
        unique=True,
        postgresql_where=sa.text("superseded_on is null"),
    )
    op.create_table(
        "contact",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("role", sa.Text(), nullable=True),
        sa.Column("since", sa.Date(), nullable=True),
        sa.Column("left_on", sa.Date(), nullable=True),
        sa.Column("recorded_on", sa.Date(), nullable=False),
        sa.Column("superseded_on", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "role in ('champion','exec_sponsor','admin','technical_lead','user')",
            name=op.f("ck_contact_role"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_contact_account_id_account"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact")),
    )
    op.create_index(
        "uq_contact_current",
        "contact",
        ["account_id", "email"],
        unique=True,
        postgresql_where=sa.text("superseded_on is null"),
    )
    op.create_table(
        "goal",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("objective", sa.Text(), nullable=False),
        sa.Column("metric", sa.Text(), nullable=True),
        sa.Column("baseline", sa.Text(), nullable=True),
        sa.Column("target", sa.Text(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("status", sa.Text(), server_default="open", nullable=False),
        sa.Column("met_on", sa.Date(), nullable=True),
        sa.Column("recorded_on", sa.Date(), nullable=False),
        sa.Column("superseded_on", sa.Date(), nullable=True),
        sa.CheckConstraint("status in ('open','met','missed')", name=op.f("ck_goal_status")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_goal_account_id_account"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_goal")),
    )
    op.create_index(
        "uq_goal_current",
        "goal",
        ["account_id", "objective"],
        unique=True,
        postgresql_where=sa.text("superseded_on is null"),
    )
    op.create_table(
        "payment",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("paid_on", sa.Date(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=True),
        sa.Column("recorded_on", sa.Date(), nullable=False),
        sa.Column("superseded_on", sa.Date(), nullable=True),
        sa.CheckConstraint("status in ('paid','failed','open')", name=op.f("ck_payment_status")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_payment_account_id_account"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment")),
    )
    op.create_index("ix_payment_due_on", "payment", ["due_on", "account_id"], unique=False)
    op.create_index(
        "uq_payment_current",
        "payment",
        ["external_id"],
        unique=True,
        postgresql_where=sa.text("superseded_on is null"),
    )
    op.create_table(
        "signal_value",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Double(), nullable=False),
        sa.Column("recorded_on", sa.Date(), nullable=False),
        sa.Column("superseded_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
            name=op.f("fk_signal_value_account_id_account"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signal_value")),
    )
    op.create_index("ix_signal_value_name_day", "signal_value", ["name", "day", "account_id"], unique=False)
    op.create_index(
        "uq_signal_value_current",
        "signal_value",
        ["name", "account_id", "day"],
        unique=True,
        postgresql_where=sa.text("superseded_on is null"),
    )
    op.create_table(
        "survey",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("score", sa.SmallInteger(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("contact_email", sa.Text(), nullable=True),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.Column("recorded_on", sa.Date(), nullable=False),
        sa.Column("superseded_on", sa.Date(), nullable=True),
        sa.CheckConstraint("kind in ('nps','csat')", name=op.f("ck_survey_kind")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_survey_account_id_account"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_survey")),
    )
    op.create_index("ix_survey_answered_at", "survey", ["answered_at"], unique=False)
    op.create_index(
        "uq_survey_current",
        "survey",
        ["account_id", "kind", "answered_at", sa.literal_column("coalesce(contact_email, '')")],
        unique=True,
        postgresql_where=sa.text("superseded_on is null"),
    )
    op.create_table(
        "ticket",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("severity", sa.Text(), server_default="normal", nullable=False),
        sa.Column("rating", sa.SmallInteger(), nullable=True),
        sa.Column("recorded_on", sa.Date(), nullable=False),
        sa.Column("superseded_on", sa.Date(), nullable=True),
        sa.CheckConstraint("severity in ('low','normal','high','urgent')", name=op.f("ck_ticket_severity")),
        sa.CheckConstraint("rating between 1 and 5", name=op.f("ck_ticket_rating")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_ticket_account_id_account"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket")),
    )
    op.create_index("ix_ticket_account_id", "ticket", ["account_id", "opened_at"], unique=False)
    op.create_index("ix_ticket_opened_at", "ticket", ["opened_at"], unique=False)
    op.create_index(
        "uq_ticket_current",
        "ticket",
        ["external_id"],
        unique=True,
        postgresql_where=sa.text("superseded_on is null"),
    )
    op.create_table(
        "touch",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_email", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("recorded_on", sa.Date(), nullable=False),
        sa.Column("superseded_on", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "kind in ('meeting','qbr','call','email','executive','note')", name=op.f("ck_touch_kind")
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_touch_account_id_account"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_touch")),
    )
    op.create_index("ix_touch_at", "touch", ["at"], unique=False)
    op.create_index(
        "uq_touch_current",
        "touch",
        ["account_id", "kind", "at", sa.literal_column("coalesce(by_email, '')")],
        unique=True,
        postgresql_where=sa.text("superseded_on is null"),
    )
    op.create_table(
        "alert_event",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("alert_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column(
            "detail", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["alert_id"], ["alert.id"], name=op.f("fk_alert_event_alert_id_alert"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_alert_event_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert_event")),
    )
    op.create_index("ix_alert_event_alert_id", "alert_event", ["alert_id", "at"], unique=False)

    # Sheets are packed already; stored plain, a part of one can be read without the rest.
    for column in ("usage_sheet.columns", "score_sheet.scores", "score_sheet.inputs"):
        table, name = column.split(".")
        op.execute(f"ALTER TABLE {table} ALTER COLUMN {name} SET STORAGE EXTERNAL")


def downgrade() -> None:
    op.drop_index("ix_alert_event_alert_id", table_name="alert_event")
    op.drop_table("alert_event")
    op.drop_index("uq_touch_current", table_name="touch", postgresql_where=sa.text("superseded_on is null"))
    op.drop_index("ix_touch_at", table_name="touch")
    op.drop_table("touch")
    op.drop_index("uq_ticket_current", table_name="ticket", postgresql_where=sa.text("superseded_on is null"))
    op.drop_index("ix_ticket_opened_at", table_name="ticket")
    op.drop_index("ix_ticket_account_id", table_name="ticket")
    op.drop_table("ticket")
    op.drop_index("uq_survey_current", table_name="survey", postgresql_where=sa.text("superseded_on is null"))
    op.drop_index("ix_survey_answered_at", table_name="survey")
    op.drop_table("survey")
    op.drop_index(
        "uq_signal_value_current",
        table_name="signal_value",
        postgresql_where=sa.text("superseded_on is null"),
    )
    op.drop_index("ix_signal_value_name_day", table_name="signal_value")
    op.drop_table("signal_value")
    op.drop_index(
        "uq_payment_current", table_name="payment", postgresql_where=sa.text("superseded_on is null")
    )
    op.drop_index("ix_payment_due_on", table_name="payment")
    op.drop_table("payment")
    op.drop_index("uq_goal_current", table_name="goal", postgresql_where=sa.text("superseded_on is null"))
    op.drop_table("goal")
    op.drop_index(
        "uq_contact_current", table_name="contact", postgresql_where=sa.text("superseded_on is null")
    )
    op.drop_table("contact")
    op.drop_index(
        "uq_arr_movement_current",
        table_name="arr_movement",
        postgresql_where=sa.text("superseded_on is null"),
    )
    op.drop_table("arr_movement")
    op.drop_index("uq_alert_open", table_name="alert", postgresql_where=sa.text("state <> 'resolved'"))
    op.drop_table("alert")
    op.drop_table("account_version")
    op.drop_index(
        "uq_account_product_current",
        table_name="account_product",
        postgresql_where=sa.text("superseded_on is null"),
    )
    op.drop_table("account_product")
    op.drop_table("score_sheet")
    op.drop_index("uq_score_run_model_version_id_as_of", table_name="score_run")
    op.drop_table("score_run")
    op.drop_index("ix_account_name_lower", table_name="account")
    op.drop_index("ix_account_csm_id", table_name="account")
    op.drop_table("account")
    op.drop_table("usage_sheet")
    op.drop_table("usage_first_day")
    op.drop_table("usage_event_gap")
    op.drop_table("usage_event_batch")
    op.drop_index("ix_usage_event_batch_id", table_name="usage_event", postgresql_using="brin")
    op.drop_table("usage_event")
    op.drop_table("usage_daily_past")
    op.drop_index(
        "ix_usage_daily_late", table_name="usage_daily", postgresql_where=sa.text("recorded_on > day")
    )
    op.drop_table("usage_daily")
    op.drop_index("uq_slack_message_subject", table_name="slack_message")
    op.drop_index(
        "ix_slack_message_stale",
        table_name="slack_message",
        postgresql_where=sa.text("shown_version < wanted_version and state <> 'dead'"),
    )
    op.drop_table("slack_message")
    op.drop_table("slack_lane")
    op.drop_table("schedule")
    op.drop_index("ix_portfolio_total_model_csm", table_name="portfolio_total")
    op.drop_table("portfolio_total")
    op.drop_table("person")
    op.drop_index("uq_model_version_name_version", table_name="model_version")
    op.drop_table("model_version")
    op.drop_index("uq_job_run_name_wall_clock", table_name="job_run")
    op.drop_table("job_run")
    op.drop_table("import_run")
    op.drop_table("held_flood")
    op.drop_table("feed_day")
    op.drop_table("feature")
    op.drop_index("ix_delivery_key_seen_at", table_name="delivery_key")
    op.drop_table("delivery_key")
    op.drop_index(
        "ix_account_score_improving",
        table_name="account_score",
        postgresql_where=sa.text("delta_30_micro >= 5000000"),
    )
    op.drop_index("ix_account_score_csm", table_name="account_score")
    op.drop_index("ix_account_score_cell", table_name="account_score")
    op.drop_table("account_score")
