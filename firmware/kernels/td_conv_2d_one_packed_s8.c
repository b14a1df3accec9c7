#include "td_conv_2d_one_packed_s8.h"

#include <stddef.h>

#include "td_packed_dot.h"
#include "td_packed_rows.h"

typedef struct {
  td_packed_dot dot;
  const int8_t *filter;
  int32_t step;   /* from a run to the next that may be read with it */
  int32_t in_row; /* runs in each row of a window */
  int32_t bias;
  td_packed_channel channel;
} work;

/* Adds the products of `number` runs from `from` on. */
static void add_runs(work *w, const int8_t *from, int32_t number) {
  w->dot.input = from;
  w->dot.runs = number;
  td_packed_dot_add(&w->dot);
}

/* The same in parts, as td_packed_parts says. */
static void add_parts(const td_conv_2d_one_packed_s8_params *p, work *w, const int8_t *from,
                      int32_t number) {
  td_packed_dot *const dot = &w->dot;
  for (; number > 0; number--) {
    const int8_t *part = from;
    for (int32_t left = p->words; left > 0; left -= dot->groups) {
      int32_t totals[TD_DOT_PIXELS];
      for (int32_t i = 0; i < TD_DOT_PIXELS; i++) {
        totals[i] = dot->sums[i];
        dot->sums[i] = 0;
      }
      dot->groups = left < p->part_groups ? left : p->part_groups;
      add_runs(w, part, 1);
      for (int32_t i = 0; i < TD_DOT_PIXELS; i++) {
        dot->sums[i] = td_wrapping_add(totals[i], dot->sums[i] >> p->part_shift);
      }
      part += 4 * dot->groups;
    }
    from += w->step;
  }
}

static void add(const td_conv_2d_one_packed_s8_params *p, work *w, const int8_t *from,
                int32_t number) {
  if (p->part_groups) {
    add_parts(p, w, from, number);
  } else {
    add_runs(w, from, number);
  }
}

/* The sums of the next pixels, whose windows begin at `from`, in a ring's row or, where `at` is
 * NULL, with the only row that they have. */
static void sum(const td_conv_2d_one_packed_s8_params *p, work *w, const td_packed_rows *at,
                const int8_t *from) {
  w->dot.weights = w->filter;
  for (int32_t i = 0; i < TD_DOT_PIXELS; i++) {
    w->dot.sums[i] = w->bias;
  }
  if (!at) {
    add(p, w, from, w->in_row);
    return;
  }
  const int32_t at_once = w->in_row == 1 && p->dilation_height == 1;
  int32_t slot = at->slot;
  int32_t rows_left = p->filter_height;
  while (rows_left > 0) {
    const int32_t until_end = at_once ? p->ring_rows - slot : 1;
    const int32_t rows = rows_left < until_end ? rows_left : until_end;
    const int32_t below = rows * p->dilation_height;
    add(p, w, from, rows * w->in_row);
    rows_left -= rows;
    slot += below;
    from += below * p->row_bytes;
    if (slot >= p->ring_rows) {
      slot -= p->ring_rows;
      from -= p->ring_rows * p->row_bytes;
    }
  }
}

/* The first `count` sums to the output. */
static inline void put(const td_conv_2d_one_packed_s8_params *p, const work *w, int32_t count,
                       int8_t *output) {
  const td_packed_channel channel = w->channel;
  const int32_t lowest = p->activation_min;
  const int32_t highest = p->activation_max;
  const int32_t *sum = w->dot.sums;
  for (int8_t *const end = output + count; output != end; output++) {
    const int32_t value = td_packed_value(&channel, *sum++);
    const int32_t raised = value < lowest ? lowest : value;
    *output = (int8_t)(raised > highest ? highest : raised);
  }
}

/* One row of output pixels, whose first window begins at `row`. Where `at` is NULL, what the last
 * pixels would read behind `end` is read in a copy. */
static void run_row(const td_conv_2d_one_packed_s8_params *p, work *w, const td_packed_rows *at,
                    const int8_t *row, const int8_t *end, int8_t *copy, int8_t *output) {
  const int32_t pixels = TD_DOT_PIXELS < p->output_width ? TD_DOT_PIXELS : p->output_width;
  const int32_t last = p->output_width - pixels;
  const int32_t stride = w->dot.stride;
  for (int32_t x = 0; x < p->output_width; x += pixels) {
    const int32_t first = x < last ? x : last;
    const int8_t *from = row + first * stride;
    if (!at && end - from < p->slack) {
      td_packed_copy(copy, from, (int32_t)(end - from));
      from = copy;
    }
    sum(p, w, at, from);
    put(p, w, pixels, output + first);
  }
}

static work start(const td_conv_2d_one_packed_s8_params *p, const int8_t *filter,
                  const int32_t *bias) {
  const int32_t depth = p->input_channels;
  const int32_t dilated = p->dilation_width != 1;
  const td_packed_requant requant = {p->round, p->half, p->activation_min, p->activation_max};
  const int32_t step = dilated ? p->dilation_width * depth : p->row_bytes;
  work w = {.dot = {.input = NULL,
                    .weights = NULL,
                    .stride = p->stride_width * depth,
                    .sums = {0},
                    .groups = p->words,
                    .gap = step - 4 * p->words,
                    .runs = 0},
            .filter = filter,
            .step = step,
            .in_row = dilated ? p->filter_width : 1,
            .bias = *bias,
            .channel = td_packed_channel_of(&requant, *p->multiplier, p->shift)};
  return w;
}

void td_conv_2d_one_packed_s8(const td_conv_2d_one_packed_s8_params *p, const int8_t *input,
                              const int8_t *filter, const int32_t *bias, int8_t *output,
                              void *scratch) {
  const int32_t row_bytes = p->input_width * p->input_channels;
  const int8_t *const end = input + p->batches * p->input_height * row_bytes;
  work w = start(p, filter, bias);
  for (int32_t batch = 0; batch < p->batches; batch++) {
    td_packed_rows at = TD_PACKED_ROWS_OF(p, input, (int8_t *)scratch);
    for (int32_t y = 0; y < p->output_height; y++) {
      if (p->ring_rows) {
        td_packed_copy_rows(&at);
        run_row(p, &w, &at, at.ring + at.slot * p->row_bytes, NULL, NULL, output);
        td_packed_rows_advance(&at, p->output_width);
      } else {
        const int8_t *const row = input + y * p->stride_height * row_bytes;
        run_row(p, &w, NULL, row, end, (int8_t *)scratch, output);
      }
      output += p->output_width;
    }
    input += p->input_height * row_bytes;
  }
}
