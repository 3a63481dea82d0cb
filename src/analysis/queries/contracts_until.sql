-- Until when contracts are known of: their last beginning, or their last end that has a reason.
--
-- in     contracts (one row a contract)
-- out    one row: last_start, last_end
-- units  dates
--
-- An end without a reason may be planned, and lie ahead.
SELECT
    MAX(start_date) AS last_start,
    MAX(CASE WHEN reason IS NOT NULL THEN end_date END) AS last_end
FROM contracts
