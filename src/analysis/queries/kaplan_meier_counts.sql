-- How many spells were observed from which age to which, and how they ended.
--
-- in     followed (followed_spells.sql: spells seen from a landmark on), segments (customer_id,
--        segment; of other customers none is known)
-- out    one row a kind of spell: how many there are
-- units  entry, duration in days; at risk on (entry, duration]; flags are 1 or 0
--
-- All that a Kaplan-Meier curve, a hazard over the age or shares by competing reasons need.
SELECT
    segments.segment,
    followed.at_landmark,
    followed.start_known,
    followed.entry,
    followed.duration,
    followed.event,
    followed.returned,
    followed.reason,
    COUNT(*) AS customers
FROM followed
LEFT JOIN segments
    ON followed.customer_id = segments.customer_id AND followed.at_landmark = 1
GROUP BY
    segments.segment,
    followed.at_landmark,
    followed.start_known,
    followed.entry,
    followed.duration,
    followed.event,
    followed.returned,
    followed.reason
ORDER BY
    segments.segment,
    followed.at_landmark,
    followed.start_known,
    followed.entry,
    followed.duration,
    followed.event,
    followed.returned,
    followed.reason
