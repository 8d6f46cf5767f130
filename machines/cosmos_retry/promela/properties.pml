/* --------------------------------------------------------------------------------------- properties */

#ifdef PROPERTIES
/* A write that may have been carried out is never under way again. */
ltl never_resent { [] ((w_last == f_sent_timeout || w_last == f_sent_lost) -> [] (w_open == 0)) }
/* The application hears once: an answer stays an answer, and an error an error. */
ltl heard_once { [] (state == s_done -> [] (state == s_done)) &&
                 [] (state == s_surfaced -> [] (state == s_surfaced)) }
/* Once it has heard, the last answer under way is the end of it. */
ltl nothing_after_the_end { [] ((w_heard && w_open == 0) -> [] (w_open == 0)) }
/* The application hears a success only if the service has answered with one. */
ltl success_is_earned { ! ((! w_succeeded) U (state == s_done && ! w_succeeded)) }
#endif
