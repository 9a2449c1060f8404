"""An incoming referral whose sender's practice closed it: a state of its own, with its day."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0002_urgent_queue'),
        ('directory', '0001_first'),
        ('referrals', '0005_crisis_disclosure'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='incoming',
            name='incoming_state_is_known',
        ),
        migrations.RemoveConstraint(
            model_name='incoming',
            name='an_answer_has_its_time',
        ),
        migrations.AddField(
            model_name='incoming',
            name='over_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddConstraint(
            model_name='incoming',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['accepted', 'asked', 'declined', 'over', 'redirected', 'waiting', 'waitlisted'])), name='incoming_state_is_known'),
        ),
        migrations.AddConstraint(
            model_name='incoming',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('answered_at__isnull', False), ('state__in', ['accepted', 'declined', 'redirected', 'waitlisted'])), ('state', 'over'), models.Q(models.Q(('state__in', ['accepted', 'declined', 'redirected', 'waitlisted']), _negated=True), ('answered_at', None)), _connector='OR'), name='an_answer_has_its_time'),
        ),
        migrations.AddConstraint(
            model_name='incoming',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'over'), _negated=True), ('over_at__isnull', False), _connector='OR'), name='what_is_over_has_its_day'),
        ),
    ]
