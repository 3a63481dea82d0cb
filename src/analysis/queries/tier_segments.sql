-- In which value tier each customer is, by what was spent until a day.
--
-- in     pace (pace.sql); $gold, $silver DOUBLE: most customers that may be in the first tier, and
--        in the first two, as shares of all; $rounding DOUBLE
-- out    one row a customer: the tier, '0' for gold, '1' for silver and '2' for bronze
-- units  none; equals are never split, and who has spent nothing is in the last one
WITH spenders AS (
    SELECT
        customer_id,
        total_minor,
        COUNT(*) OVER (ORDER BY total_minor DESC) AS as_many_or_more,
        COUNT(*) OVER () AS customers
    FROM pace
)

SELECT
    customer_id,
    CASE
        WHEN total_minor > 0 AND as_many_or_more <= $gold * customers + $rounding THEN '0'
        WHEN total_minor > 0 AND as_many_or_more <= $silver * customers + $rounding THEN '1'
        ELSE '2'
    END AS segment
FROM spenders
ORDER BY customer_id
