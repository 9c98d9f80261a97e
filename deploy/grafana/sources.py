"""What the queries of all boards share: where their rows come from, and which the reader chose. Pure.

A faster source for long periods goes in here, and no panel changes.
"""

OF_BRAND = "$__conditionalAll(brand IN (${brand:singlequote}), $brand)"
OF_NETWORK = "$__conditionalAll(network IN (${network:singlequote}), $network)"
OF_LANGUAGE = "$__conditionalAll(language IN (${language:singlequote}), $language)"
OF_PRIORITY = "$__conditionalAll(priority IN (${priority:singlequote}), $priority)"

CHOSEN_EVENTS = f"{OF_BRAND}\n  AND {OF_NETWORK}\n  AND {OF_LANGUAGE}"
CHOSEN = f"{CHOSEN_EVENTS}\n  AND {OF_PRIORITY}"


def turns_between(since: str, until: str) -> str:
    """The turns that started in a period, as a source of rows.

    Args:
        since, until: expressions of instants, such as `$__fromTime`. They reach the view as text, which it reads as
            UTC: on a server whose own zone is another they would be hours off.
    """
    return f"response_turns_between(since = toTimeZone({since}, 'UTC'), until = toTimeZone({until}, 'UTC'))"


# The turns that started in the period, of conversations that are not spam.
TURNS = f"""{turns_between("$__fromTime", "$__toTime")}
WHERE state != 'quiet'
  AND {CHOSEN}"""

# Who waits now, whatever the period.
WAITING = f"""waiting_customers
WHERE {CHOSEN}"""

# What customers wrote in the period, without spam and without the words.
WRITTEN = f"""event_findings
WHERE $__timeFilter(created_at) AND author_role = 'customer' AND NOT is_spam
  AND {CHOSEN_EVENTS}"""

# The same with the words, which costs more: read them for a few events, or for a few days.
QUOTED = f"""events
WHERE $__timeFilter(created_at) AND author_role = 'customer' AND NOT is_spam AND NOT deleted
  AND {CHOSEN_EVENTS}"""

# The words of the last seven days of the period: more than anyone reads, and two years of words are never read.
WORDS = f"""{QUOTED}
  AND created_at >= $__toTime - INTERVAL 7 DAY"""

# How far back the period that this one is compared with lies: a week, so that weekday and hour are the same; when the
# period is longer, as long as it is.
SHIFT = "toIntervalSecond(greatest(604800, toUnixTimestamp($__toTime) - toUnixTimestamp($__fromTime)))"

# The turns of the period, and those of the earlier one as they stood when it ended: who waited then counts with the
# wait so far, although they may have been answered since. Only so can it be compared with turns that are waiting now.
# Both are read at once, which takes less than two readings, over a day as over two years.
COMPARED = f"""
(
    SELECT
        started_at >= $__fromTime AS is_present,
        least(now64(3, 'UTC'), toDateTime64($__toTime, 3, 'UTC')) - {SHIFT} AS then,
        ifNull(answered_at <= then, false) AS was_answered,
        answered_at IS NULL AND if(closed_at IS NULL, waiting_seconds IS NULL, closed_at <= then) AS was_closed,
        is_first,
        target_seconds,
        multiIf(is_present, age_seconds, was_answered, waited_seconds, was_closed, NULL,
            date_diff('millisecond', started_at, then) / 1000) AS age,
        CAST(multiIf(is_present, within_target, target_seconds IS NULL, NULL, was_answered, NOT breached,
            was_closed, if(breached, false, NULL), due_at < then, false, NULL), 'Nullable(Bool)') AS kept
    FROM {turns_between(f"$__fromTime - {SHIFT}", "$__toTime")}
    WHERE state != 'quiet' AND (started_at >= $__fromTime OR started_at < then)
      AND {CHOSEN}
)"""
