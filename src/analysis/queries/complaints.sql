-- When each customer complained.
--
-- in     tickets (one row a ticket); $as_of DATE
-- out    one row a complaint opened on or before $as_of, by customer and day
-- units  dates
--
-- Where the source does not say which tickets are complaints, all are taken for one.
SELECT
    customer_id,
    opened
FROM tickets
WHERE opened <= $as_of AND COALESCE(is_complaint, TRUE)
ORDER BY customer_id, opened
