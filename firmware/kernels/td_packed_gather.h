/* Windows of the rows in a ring to activation words, for the packed convolutions that copy rows. */
#ifndef TD_PACKED_GATHER_H
#define TD_PACKED_GATHER_H

#include <stddef.h>

#include "td_packed_rows.h"
#include "td_packed_widen.h"
#include "td_packed_widen_4_s8.h"

/* A window is made of runs, inputs that lie together. */
typedef struct {
  td_packed_runs runs;
  int32_t height;
  int32_t dilation_height;
  int32_t in_row;     /* runs in each of its rows */
  int32_t at_once;    /* whether its rows follow one another in the ring */
  int32_t rest_bytes; /* what is left of all runs, a multiple of four */
} td_packed_window;

/* One pixel's runs, as td_packed_widen_4_s8 does four. */
static uint32_t *td_packed_widen_runs_1(const td_packed_runs *runs, const int8_t *input,
                                        int32_t number, int32_t pixels, uint32_t *acts,
                                        int8_t *rest) {
  for (; number > 0; number--) {
    acts = td_packed_widen_1(acts, pixels, input, runs->count);
    td_store_word(rest, td_load_word(input + runs->count));
    rest += runs->left;
    input += runs->step;
  }
  return acts;
}

/* The windows of 4 pixels, or of 1, to the first columns of activation words for `columns` pixels;
 * the first one's begins `offset` bytes into its rows. */
static void td_packed_widen_window(const td_packed_window *window, const td_packed_rows *at,
                                   int32_t offset, int32_t pixels, int32_t columns, uint32_t *acts,
                                   int8_t *rest) {
  const td_packed_runs *const runs = &window->runs;
  int8_t *rest_to = rest;
  int32_t slot = at->slot;
  int32_t rows_left = window->height;
  while (rows_left > 0) {
    const int8_t *const from = at->ring + slot * at->row_bytes + offset;
    const int32_t until_end = window->at_once ? at->ring_rows - slot : 1;
    const int32_t rows = rows_left < until_end ? rows_left : until_end;
    const int32_t number = rows * window->in_row;
    acts = pixels == 4 ? td_packed_widen_4_s8(runs, from, number, acts, rest_to)
                       : td_packed_widen_runs_1(runs, from, number, columns, acts, rest_to);
    rest_to += number * runs->left;
    rows_left -= rows;
    slot += rows * window->dilation_height;
    slot -= slot >= at->ring_rows ? at->ring_rows : 0;
  }
  if (pixels == 4) {
    const td_packed_runs rests = {.stride = runs->rest_stride,
                                  .step = 0,
                                  .count = window->rest_bytes,
                                  .left = 0,
                                  .rest_stride = 0};
    td_packed_widen_4_s8(&rests, rest, 1, acts, NULL);
  } else {
    td_packed_widen_1(acts, columns, rest, window->rest_bytes);
  }
}

#endif
