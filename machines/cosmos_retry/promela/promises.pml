/* ------------------------------------------------------------------------------- what has been seen */

/* The promises look at what can be seen and at the configuration, never at what the rows remember. */

#define f_none 0
#define f_success 1
#define f_final 2                /* a definite answer that nobody retries */
#define f_moved 3                /* 403/3 to a write */
#define f_behind 4               /* 404/1002 to a read under Session */
#define f_missing 5              /* 404 to a point read under Strong or BoundedStaleness */
#define f_session_write 6        /* 404/1002 to a write, multi-write enabled */
#define f_timed_out 7            /* 408 to a read, or a read that waited in vain for the gateway */
#define f_gone 8                 /* 410, or a read whose request never got through */
#define f_unsent 9               /* a write that failed before it was sent */
#define f_sent_timeout 10        /* a write that was sent and timed out */
#define f_sent_lost 11           /* a write that was sent and whose connection was lost */
#define f_throttled 12
#define f_retry_with 13          /* 449 to a write */
#define f_unavailable 14         /* 503 of the gateway */
#define f_undocumented 15        /* the documents name no retry, and forbid none */

byte w_open;                     /* attempts under way; 2 stands for more */
bool w_heard;                    /* the application has heard */
byte w_last;                     /* the fault that the last answer meant, and its status */
short w_status;
bool w_hint;
bool w_succeeded;
byte w_region = NONE;
byte w_visited;
bool w_moved;                    /* the request has failed over */
bool w_refreshed;
bool w_account_read;
byte w_told = NONE;
byte w_behind;                   /* replicas of this region that are behind, or miss the item; 2 for more */
byte w_missing;
bool w_paired;                   /* the last attempt was made beside another one */
bool w_strayed;                  /* it has left what is promised */

bool running[POLICIES];          /* the true time for retries runs */
byte made[POLICIES];             /* retries as they were seen */

#define DIRECT (MODE == m_direct && KIND != k_metadata)
#define WEAK_LEVEL (LEVEL == l_eventual || LEVEL == l_prefix)
#define STRONG_LEVEL (LEVEL == l_bounded || LEVEL == l_strong)
#define GONE_FAULT(f) ((f) == f_gone || (f) == f_unsent)
#define FAILOVER_FAULT(f) (GONE_FAULT(f) || (f) == f_unavailable || (f) == f_session_write || (f) == f_behind)
#define POLICY_OF(f) (GONE_FAULT(f) -> p_gone : ((f) == f_timed_out -> p_timeout : \
  ((f) == f_unavailable -> p_unavailable : ((f) == f_session_write -> p_session : \
  ((f) == f_retry_with -> p_retry_with : ((f) == f_throttled -> p_throttle : NONE))))))
#define OF_A_STAY(p) ((p) == p_gone || (p) == p_timeout || (p) == p_unavailable || (p) == p_session)
#define POLICY_AT_HAND (w_open == 0 && !w_heard -> POLICY_OF(w_last) : NONE)

#define SUCCESS_STATUS(s) (((s) >= 200 && (s) <= 299) || (s) == 304)
#define SESSION_SUBSTATUS (substatus == 1002)
#define FAULT_OF_WRITE ((status == 408 || status == 409 || status == 412) -> f_final : \
  ((status == 404 && SESSION_SUBSTATUS && MULTI_WRITE) -> f_session_write : \
  (status == 449 -> f_retry_with : f_undocumented)))
#define FAULT_OF_READ (status == 408 -> f_timed_out : (status != 404 -> f_undocumented : \
  ((SESSION_SUBSTATUS && LEVEL == l_session) -> f_behind : \
  ((OPERATION != o_point_read || LEVEL == l_session) -> f_undocumented : \
  (STRONG_LEVEL -> f_missing : f_final)))))
#define FAULT_OF_RESPONSE (SUCCESS_STATUS(status) -> f_success : \
  ((status == 400 || status == 401 || status == 500) -> f_final : \
  (status == 403 -> ((KIND == k_write && substatus == 3) -> f_moved : f_final) : \
  (status == 429 -> f_throttled : \
  (status == 503 -> ((KIND == k_metadata || MODE == m_gateway) -> f_unavailable : f_final) : \
  (KIND == k_metadata -> f_undocumented : (status == 410 -> f_gone : \
  (KIND == k_write -> FAULT_OF_WRITE : FAULT_OF_READ))))))))
#define FAULT_OF_FAILURE (KIND == k_metadata -> f_undocumented : \
  (KIND == k_read -> ((MODE == m_gateway && no_answer) -> f_timed_out : f_gone) : \
  (!sent -> f_unsent : (no_answer -> f_sent_timeout : f_sent_lost))))

/* The true time of a policy begins; a window of the contract that began with it is the true one. */
inline begin(p) {
  if
  :: !running[p] ->
     if
     :: window[p] == W_FRESH_TRUE -> window[p] = W_TRUE
     :: window[p] == W_FRESH_SHORTER -> window[p] = W_SHORTER
     :: window[p] == W_FRESH_LONGER -> window[p] = W_LONGER
     :: else -> not_true(p)
     fi
  :: else
  fi;
  running[p] = true
}

inline not_true(p) {
  if :: window[p] == W_TRUE || window[p] == W_SHORTER || window[p] == W_LONGER -> window[p] = W_OTHER :: else fi
}

inline forget(p) { running[p] = false; made[p] = 0; not_true(p) }

inline settle(p) { if :: window[p] >= W_FRESH_TRUE -> window[p] = W_OTHER :: else fi }

inline make(p) { made[p] = (made[p] < MOST_MADE(p) -> made[p] + 1 : made[p]) }

inline forget_stay() { forget(p_gone); forget(p_timeout); forget(p_unavailable); forget(p_session) }
inline forget_request() { forget_stay(); forget(p_retry_with); forget(p_throttle) }

/* Of a run about which nothing is promised, nothing is counted; -DKEEP_ALL goes on counting as the rows do. */
#ifdef KEEP_ALL
inline count_no_stray() { skip }
#else
inline count_no_stray() { if :: w_strayed -> new_request(); forget_request() :: else fi }
#endif

/* An answer, or a new attempt, makes what was learnt after the last answer old. */
inline forget_answer() { w_refreshed = false; w_account_read = false; w_told = NONE }

inline forget_watch() {
  w_open = 0; w_heard = false; w_last = f_none; w_status = 0; w_hint = false; w_succeeded = false;
  w_region = NONE; w_visited = 0; w_moved = false; forget_answer(); w_behind = 0; w_missing = 0;
  w_paired = false; w_strayed = false
}

/* ------------------------------------------------------------------------------------ the promises */

hidden byte write_never_resent, write_region, write_one_failover, forward_after_refresh;
hidden byte region_of_account, region_order, region_not_revisited, local_retries_first, session_write_region;
hidden byte throttled_region, retry_with_region, timeout_region, strong_missing_region, page_region;
hidden byte gone_window, timeout_window, retry_with_window, retry_with_first, backoff_exponential;
hidden byte throttled_wait, throttled_limits, gateway_503_twice, refused_once, write_timeout_once;
hidden byte weak_missing_once, direct_503_once, one_at_a_time, gone_other_replica, refresh_before_retry;
hidden byte session_two_replicas, strong_two_replicas, success_never_invented, success_never_denied;
hidden byte surfaced_as_mapped, gone_never_surfaced, retried_before_surfaced, regions_before_surfaced;
hidden byte ended_once;

#ifdef PROPERTIES                /* these are asked for one by one, see the end of the text */
#define BROKEN(promise, when) promise = !(when)
#else
#define BROKEN(promise, when) promise = !(when); assert(promise)
#endif

/* ------------------------------------------------------------------------------------- the answers */

inline see_response() { fault = FAULT_OF_RESPONSE; see_answer() }
inline see_failure() { fault = FAULT_OF_FAILURE; see_answer() }

inline see_answer() {
  if
  :: w_heard || w_strayed -> w_open = w_open - 1
  :: else ->
     policy = POLICY_OF(fault);
     if :: w_open == 1 && policy != NONE -> begin(policy) :: else fi;
     w_open = w_open - 1;
     w_last = fault;
     w_status = status;
     w_hint = hint;
     w_succeeded = w_succeeded || fault == f_success;
     forget_answer();
     w_behind = (fault == f_behind && w_behind < 2 -> w_behind + 1 : w_behind);
     w_missing = (fault == f_missing && w_missing < 2 -> w_missing + 1 : w_missing)
  fi
}

/* ------------------------------------------------------------------------------------ the attempts */

#define BESIDE (w_open > 0)
#define ANOTHER_OPEN (w_open < 2 -> w_open + 1 : 2)
#define FOLLOWS (BESIDE -> f_none : w_last)
#define MOVES (w_region != NONE && to != w_region)
#define STAYS (w_region != NONE && to == w_region && !BESIDE)
#define NEW_REQUEST (LIFECYCLE == lc_query && w_last == f_success && w_open == 0)
#define SAME_REPLICA (DIRECT && !other)
#define TOO_SOON (pace < IN_TIME)
#define FOLLOWING NEXT_REGION(w_visited)
#define SINGLE_SESSION (FOLLOWS == f_behind && !SEVERAL_WRITE_REGIONS)

inline see_attempt() {
  if
  :: w_heard -> BROKEN(ended_once, true)
  :: !w_heard && w_strayed -> w_open = ANOTHER_OPEN
  :: !w_heard && !w_strayed && NEW_REQUEST -> see_page()
  :: !w_heard && !w_strayed && BESIDE && (LIFECYCLE == lc_query || LIFECYCLE == lc_metadata) ->
     forget_watch(); w_open = 2; w_strayed = true; forget_request()
  :: else ->
     attempt_anywhere();
     if :: BESIDE -> attempt_beside() :: else fi;
     if :: MOVES -> attempt_elsewhere() :: else fi;
     if :: STAYS -> attempt_again() :: else fi;
     watch_attempt()
  fi
}

inline see_page() {
  BROKEN(region_of_account, to == REGIONS);
  BROKEN(page_region, to != w_region && to != ORDER_1);
  forget_watch(); w_open = 1; w_region = to; w_visited = BIT(to); forget_request()
}

inline watch_attempt() {
  policy = POLICY_OF(FOLLOWS);
  w_moved = w_moved || (MOVES && FAILOVER_FAULT(FOLLOWS));
  if
  :: MOVES ->
     forget_stay(); w_behind = 0; w_missing = 0;
     if :: policy != NONE && !OF_A_STAY(policy) -> make(policy) :: else fi
  :: else -> if :: policy != NONE -> make(policy) :: else fi
  fi;
  w_paired = BESIDE;
  w_open = ANOTHER_OPEN;
  w_last = f_none; w_status = 0; w_hint = false;
  w_region = to; w_visited = w_visited | BIT(to);
  forget_answer()
}

#define FINAL_STATUS(s) (FOLLOWS == f_final && w_status == (s))

inline attempt_anywhere() {
  BROKEN(region_of_account, to == REGIONS);
  BROKEN(write_never_resent, KIND == k_write && (FOLLOWS == f_sent_timeout || FOLLOWS == f_sent_lost));
  BROKEN(forward_after_refresh,
    FOLLOWS == f_moved && !(w_account_read && (w_told == NONE || w_told == to)));
  BROKEN(refused_once, FINAL_STATUS(400) || FINAL_STATUS(401) || FINAL_STATUS(403) || FINAL_STATUS(409) ||
    FINAL_STATUS(412) || FINAL_STATUS(500));
  BROKEN(write_timeout_once, FINAL_STATUS(408));
  BROKEN(weak_missing_once, WEAK_LEVEL && FINAL_STATUS(404));
  BROKEN(direct_503_once, FINAL_STATUS(503));
  BROKEN(success_never_denied, w_succeeded && KIND != k_metadata);
  BROKEN(throttled_wait, FOLLOWS == f_throttled && wait < IN_TIME);
  BROKEN(throttled_limits,
    FOLLOWS == f_throttled && (made[p_throttle] >= PROMISED_THROTTLE_RETRIES || clock == OVER));
  BROKEN(retry_with_window, FOLLOWS == f_retry_with && clock == OVER && made[p_retry_with] > 0);
  BROKEN(backoff_exponential, FOLLOWS == f_retry_with && TOO_SOON && made[p_retry_with] > 0);
  BROKEN(retry_with_first, FOLLOWS == f_retry_with && first != NONE && made[p_retry_with] == 0 &&
    (first < FIRST || first > FIRST_LATE))
}

inline attempt_beside() {
  BROKEN(write_never_resent, KIND == k_write);
  BROKEN(one_at_a_time, !(KIND == k_read && STRONG_LEVEL && to == w_region && w_missing == 0 && w_open == 1 &&
    !w_paired && !SAME_REPLICA))
}

#define UNLISTED (!IN_ORDER(to) && (w_visited & BIT(to)) == 0)

inline attempt_elsewhere() {
  BROKEN(write_region, KIND == k_write && FOLLOWS != f_moved && !MULTI_WRITE);
  BROKEN(write_one_failover, KIND == k_write && GONE_FAULT(FOLLOWS) && w_moved);
  BROKEN(region_order, FAILOVER_FAULT(FOLLOWS) && !SINGLE_SESSION && to != FOLLOWING &&
    !(UNLISTED && (FOLLOWING == NONE || FOLLOWS == f_behind)));
  BROKEN(region_not_revisited, FAILOVER_FAULT(FOLLOWS) && (w_visited & BIT(to)) != 0);
  BROKEN(session_write_region, SINGLE_SESSION && (w_visited & BIT(WRITE_REGION)) == 0 && to != WRITE_REGION);
  BROKEN(throttled_region, FOLLOWS == f_throttled);
  BROKEN(retry_with_region, FOLLOWS == f_retry_with);
  BROKEN(timeout_region, FOLLOWS == f_timed_out);
  BROKEN(strong_missing_region, FOLLOWS == f_missing);
  BROKEN(local_retries_first,
    (GONE_FAULT(FOLLOWS) && (clock <= LAST_CALL || (clock <= END && made[p_gone] == 0))) ||
    (FOLLOWS == f_unavailable && made[p_unavailable] < PROMISED_UNAVAILABLE_RETRIES) ||
    (FOLLOWS == f_behind && DIRECT && w_behind < 2) ||
    (FOLLOWS == f_session_write && !w_moved && made[p_session] == 0))
}

inline attempt_again() {
  BROKEN(gone_window, GONE_FAULT(FOLLOWS) && clock == OVER);
  BROKEN(backoff_exponential, TOO_SOON && ((GONE_FAULT(FOLLOWS) && KIND == k_write && made[p_gone] > 0) ||
    (FOLLOWS == f_timed_out && made[p_timeout] > 0)));
  BROKEN(gone_other_replica,
    GONE_FAULT(FOLLOWS) && KIND == k_read && SAME_REPLICA && !WEAK_LEVEL && made[p_gone] == 0);
  BROKEN(refresh_before_retry, FOLLOWS == f_gone && DIRECT && !w_refreshed);
  BROKEN(timeout_window, FOLLOWS == f_timed_out && clock == OVER);
  BROKEN(gateway_503_twice,
    FOLLOWS == f_unavailable && made[p_unavailable] >= PROMISED_UNAVAILABLE_RETRIES);
  BROKEN(session_two_replicas, FOLLOWS == f_behind && (w_behind > 1 || SAME_REPLICA));
  BROKEN(strong_two_replicas, FOLLOWS == f_missing && (w_missing > 1 || SAME_REPLICA))
}

/* ---------------------------------------------------------------------- what the client learns beside */

inline see_address_refresh() {
  if
  :: w_heard -> BROKEN(ended_once, true)
  :: !w_heard && !w_strayed && w_last == f_gone && DIRECT -> w_refreshed = true
  :: else
  fi
}

inline see_account_refresh() {
  if
  :: w_heard -> BROKEN(ended_once, true)
  :: !w_heard && !w_strayed && w_last == f_moved -> w_account_read = true; w_told = names
  :: else
  fi
}

inline see_metadata() {
  if :: w_heard -> BROKEN(ended_once, true) :: else fi
}

/* -------------------------------------------------------------------------------------------- the end */

inline hear() {
  policy = w_open;
  fault = w_strayed;
  forget_watch();
  w_open = policy; w_heard = true;
  if :: fault == 0 -> forget_request() :: else fi
}

inline see_result() {
  if
  :: w_heard -> BROKEN(ended_once, true)
  :: else ->
     BROKEN(success_never_invented, !w_strayed && !(w_succeeded && SUCCESS_STATUS(status)));
     hear()
  fi
}

inline see_error() {
  if
  :: w_heard -> BROKEN(ended_once, true)
  :: else ->
     if :: !w_strayed && w_open == 0 && w_region != NONE -> judge_error() :: else fi;
     hear()
  fi
}

#define DUE_STATUS (w_last == f_sent_timeout || w_last == f_timed_out -> 408 : \
  (w_last == f_sent_lost || GONE_FAULT(w_last) -> 503 : w_status))
#define LOST_METADATA (KIND == k_metadata && w_last == f_undocumented && \
  (w_status == 0 || w_status == 404 || w_status == 408 || w_status == 410))
#define IN_HAND (clock != NONE && clock <= END)
#define REGION_LEFT (FOLLOWING != NONE)

inline judge_error() {
  if
  :: w_succeeded ->
     BROKEN(success_never_denied, LIFECYCLE != lc_query && LIFECYCLE != lc_metadata)
  :: else ->
     BROKEN(surfaced_as_mapped, !LOST_METADATA && status != 0 && status != DUE_STATUS);
     BROKEN(gone_never_surfaced, GONE_FAULT(w_last) && status == 410);
     BROKEN(retried_before_surfaced,
       (w_last == f_throttled && PROMISED_THROTTLE_RETRIES > 0 && made[p_throttle] == 0 &&
         clock <= (w_hint -> LAST_CALL : END)) ||
       (GONE_FAULT(w_last) && IN_HAND && made[p_gone] == 0) ||
       (w_last == f_timed_out && IN_HAND && made[p_timeout] == 0) ||
       (w_last == f_retry_with && IN_HAND && made[p_retry_with] == 0) ||
       (w_last == f_unavailable && made[p_unavailable] == 0) ||
       (w_last == f_session_write && !w_moved && made[p_session] == 0) ||
       (w_last == f_behind && DIRECT && w_behind < 2) ||
       (w_last == f_missing && DIRECT && w_missing < 2));
     BROKEN(regions_before_surfaced, !(KIND == k_write && !MULTI_WRITE) &&
       ((w_last == f_behind && !SEVERAL_WRITE_REGIONS && (w_visited & BIT(WRITE_REGION)) == 0) ||
       (w_last == f_unavailable && REGION_LEFT && (KIND != k_read || !w_moved)) ||
       (GONE_FAULT(w_last) && REGION_LEFT && (KIND != k_write || !w_moved)) ||
       (w_last == f_session_write && REGION_LEFT && !w_moved)))
  fi
}
