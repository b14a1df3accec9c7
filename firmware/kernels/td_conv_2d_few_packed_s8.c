#include "td_conv_2d_few_packed_s8.h"

#include "td_packed_dot.h"
#include "td_packed_rows.h"

#define MOST_OUTPUTS 3

typedef struct {
  td_packed_requant requant;
  td_packed_channel channel[MOST_OUTPUTS];
  int32_t first[4]; /* a bias for each of the sums */
  td_packed_dot dot;
  const int8_t *filter;
  int32_t step;   /* from a run to the next that may be read with it */
  int32_t in_row; /* runs in each row of a window */
} work;

/* Adds the products of `number` runs from `from` on. */
static void add_runs(const td_conv_2d_few_packed_s8_params *p, work *w, const int8_t *from,
                     int32_t number) {
  w->dot.input = from;
  w->dot.runs = number;
  td_packed_dot_add(&w->dot, p->output_channels);
}

/* The same in parts, as td_packed_parts says. */
static void add_parts(const td_conv_2d_few_packed_s8_params *p, work *w, const int8_t *from,
                      int32_t number) {
  td_packed_dot *const dot = &w->dot;
  for (; number > 0; number--) {
    const int8_t *part = from;
    for (int32_t left = p->words; left > 0; left -= dot->groups) {
      int32_t totals[4];
      for (int32_t i = 0; i < 4; i++) {
        totals[i] = dot->sums[i];
        dot->sums[i] = 0;
      }
      dot->groups = left < p->part_groups ? left : p->part_groups;
      add_runs(p, w, part, 1);
      for (int32_t i = 0; i < 4; i++) {
        dot->sums[i] = td_wrapping_add(totals[i], dot->sums[i] >> p->part_shift);
      }
      part += 4 * dot->groups;
    }
    from += w->step;
  }
}

static void add(const td_conv_2d_few_packed_s8_params *p, work *w, const int8_t *from,
                int32_t number) {
  if (p->part_groups) {
    add_parts(p, w, from, number);
  } else {
    add_runs(p, w, from, number);
  }
}

/* The sums of the next pixels, whose windows begin at `from`, in a ring's row or, where `at` is
 * NULL, with the only row that they have. */
static void sum(const td_conv_2d_few_packed_s8_params *p, work *w, const td_packed_rows *at,
                const int8_t *from) {
  const int32_t at_once = w->in_row == 1 && p->dilation_height == 1;
  int32_t slot = at ? at->slot : 0;
  int32_t rows_left = p->filter_height;
  w->dot.weights = w->filter;
  for (int32_t i = 0; i < 4; i++) {
    w->dot.sums[i] = w->first[i];
  }
  while (rows_left > 0) {
    const int32_t until_end = !at ? rows_left : at_once ? p->ring_rows - slot : 1;
    const int32_t rows = rows_left < until_end ? rows_left : until_end;
    const int32_t below = rows * p->dilation_height;
    add(p, w, from, rows * w->in_row);
    rows_left -= rows;
    slot += below;
    from += below * p->row_bytes;
    if (at && slot >= p->ring_rows) {
      slot -= p->ring_rows;
      from -= p->ring_rows * p->row_bytes;
    }
  }
}

/* The sums of `pixels` pixels to the output. */
static void put(const work *w, int32_t outputs, int32_t pixels, int8_t *output) {
  const td_packed_requant requant = w->requant;
  for (int32_t c = 0; c < outputs; c++) {
    const td_packed_channel channel = w->channel[c];
    for (int32_t i = c; i < pixels * outputs; i += outputs) {
      output[i] = td_packed_output(&requant, &channel, w->dot.sums[i]);
    }
  }
}

/* One row of output pixels, whose first window begins at `row`. Where `at` is NULL, what the last
 * pixels would read behind `end` is read in a copy. */
static void run_row(const td_conv_2d_few_packed_s8_params *p, work *w, const td_packed_rows *at,
                    const int8_t *row, const int8_t *end, int8_t *copy, int8_t *output) {
  const int32_t outputs = p->output_channels;
  const int32_t most = td_packed_dot_pixels(outputs);
  const int32_t pixels = most < p->output_width ? most : p->output_width;
  const int32_t last = p->output_width - pixels;
  for (int32_t x = 0; x < p->output_width; x += pixels) {
    const int32_t first = x < last ? x : last;
    const int8_t *from = row + first * w->dot.stride;
    if (!at && end - from < p->slack) {
      td_packed_copy(copy, from, (int32_t)(end - from));
      from = copy;
    }
    sum(p, w, at, from);
    put(w, outputs, pixels, output + first * outputs);
  }
}

static work start(const td_conv_2d_few_packed_s8_params *p, const int8_t *filter,
                  const int32_t *bias) {
  const int32_t depth = p->input_channels;
  const int32_t dilated = p->dilation_width != 1;
  const td_packed_requant requant = {p->round, p->half, p->activation_min, p->activation_max};
  work w = {.requant = requant, .filter = filter};
  w.in_row = dilated ? p->filter_width : 1;
  w.step = dilated ? p->dilation_width * depth : p->row_bytes;
  w.dot.stride = p->stride_width * depth;
  w.dot.groups = p->words;
  w.dot.gap = w.step - 4 * p->words;
  for (int32_t c = 0; c < p->output_channels; c++) {
    w.channel[c] = td_packed_channel_of(&requant, p->multiplier[c], p->shift ? &p->shift[c] : NULL);
  }
  for (int32_t i = 0; i < 4; i++) {
    w.first[i] = bias[i % p->output_channels];
  }
  return w;
}

void td_conv_2d_few_packed_s8(const td_conv_2d_few_packed_s8_params *p, const int8_t *input,
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
      output += p->output_width * p->output_channels;
    }
    input += p->input_height * row_bytes;
  }
}
