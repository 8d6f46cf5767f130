/* ------------------------------------------------------------------------------- what may happen next */

/* The environment answers attempts that are under way; the client may try anything at any time. */
#define ENVIRONMENT_MAY (w_open > 0)
#define CLIENT_MAY (!(w_strayed && w_heard))

/* The moments that can be told apart depend on the fault at hand, and on whether it has been retried. */
#define IN_A_WINDOW (POLICY_AT_HAND == p_gone || POLICY_AT_HAND == p_timeout || POLICY_AT_HAND == p_retry_with)
#define RETRIED (made[POLICY_AT_HAND] > 0)
#define LAST_CALL_MATTERS ((POLICY_AT_HAND == p_throttle && w_hint) || (IN_A_WINDOW && RETRIED))

inline some_time() {
  if
  :: !IN_A_WINDOW && POLICY_AT_HAND != p_throttle
  :: else ->
     if
     :: clock = 0
     :: LAST_CALL_MATTERS -> clock = LAST_CALL
     :: LAST_CALL_MATTERS -> clock = 2
     :: clock = END
     :: clock = OVER
     fi
  fi
}

inline some_delay() {
  if
  :: IN_A_WINDOW && RETRIED -> if :: pace = 0 :: pace = 1 :: pace = 2 fi
  :: POLICY_AT_HAND == p_retry_with && !RETRIED ->
     if :: first = 0 :: first = 1 :: first = 2 :: first = 3 :: first = 4 fi
  :: POLICY_AT_HAND == p_throttle && w_hint -> if :: wait = 0 :: wait = 1 :: wait = 2 fi
  :: else
  fi
}

inline some_region() {
  if
  :: to = 0
  :: to = 1
  :: REGIONS >= 2 -> to = 2
  :: REGIONS >= 3 -> to = 3
  :: REGIONS >= 4 -> to = 4
  fi
}

/* Which replica is asked matters to a read that has others, and a reason to ask one of them. */
#define REPLICA_MATTERS (KIND == k_read && REPLICAS > 1 && (w_open > 0 || w_last == f_behind || \
  w_last == f_missing || GONE_FAULT(w_last)))

inline some_replica() {
  if
  :: other = false
  :: REPLICA_MATTERS -> other = true
  fi
}

inline some_failure() {
  if :: no_answer = true :: no_answer = false fi;
  if :: sent = true :: sent = false fi
}

inline some_account() {
  if
  :: names = NONE
  :: w_last == f_moved && !w_heard -> names = 0
  :: w_last == f_moved && !w_heard && REGIONS >= 2 -> names = 1
  :: w_last == f_moved && !w_heard && REGIONS >= 3 -> names = 2
  :: w_last == f_moved && !w_heard && REGIONS >= 4 -> names = 3
  fi
}

inline some_result() {
  if :: status = 200 :: status = 599 fi
}

inline some_error() {
  if
  :: status = 0
  :: status = 408
  :: status = 410
  :: status = 503
  :: status = 599
  :: w_status != 0 && w_status != 408 && w_status != 410 && w_status != 503 && w_status != 599 ->
     status = w_status
  fi
}
