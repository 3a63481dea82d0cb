-- How many customers each segment has.
--
-- in     segments (customer_id, segment)
-- out    one row a segment
-- units  customers
SELECT segment, COUNT(*) AS customers
FROM segments
WHERE segment IS NOT NULL
GROUP BY segment
ORDER BY segment
