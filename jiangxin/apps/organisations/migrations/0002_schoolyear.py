import uuid

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("organisations", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="SchoolYear",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("uuid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("is_simulated", models.BooleanField(default=False)),
                ("year", models.PositiveSmallIntegerField()),
                ("values", models.JSONField(default=dict)),
                ("sources", models.JSONField(default=dict)),
                ("findings", models.JSONField(default=list)),
                ("conditions_met", models.BooleanField(null=True)),
                ("failed", models.PositiveSmallIntegerField(default=0)),
                ("recorded_at", models.DateTimeField()),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="school_years",
                        to="organisations.organisation",
                    ),
                ),
            ],
            options={
                "ordering": ["organisation", "-year"],
                "indexes": [models.Index(fields=["year"], name="organisatio_year_86db9d_idx")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=["organisation", "year"],
                        name="organisation_school_year_once",
                        violation_error_message="This year of the school is known already.",
                    )
                ],
            },
        ),
    ]
