/* Input rows with their padding in a ring, as many as a window is high: how the packed convolutions
 * for any number of input channels walk. Rows are copied just before the first output pixel whose
 * window reaches them. */
#ifndef TD_PACKED_ROWS_H
#define TD_PACKED_ROWS_H

#include "td_packed.h"

typedef struct {
  const int8_t *input;
  int8_t *ring;
  int32_t input_height;
  int32_t input_bytes; /* of a row */
  int32_t pad_top;
  int32_t left_bytes; /* of padding */
  int32_t zero_point;
  int32_t ring_rows;
  int32_t row_bytes; /* in the ring */
  int32_t stride_height;
  int32_t columns;   /* of the output */
  int32_t next_slot; /* where the next row goes */
  int32_t next_row;  /* of the padded input */
  int32_t slot;      /* of the row on which the next pixel's window starts */
  int32_t x;         /* of the next output pixel */
  int32_t last_row;  /* of its window, in the padded input */
} td_packed_rows;

/* Before the first pixel of an image; `p` is of a kernel that walks so. */
#define TD_PACKED_ROWS_OF(p, input_, ring_)                                                        \
  {                                                                                                \
    .input = (input_), .ring = (ring_), .input_height = (p)->input_height,                         \
    .input_bytes = (p)->input_width * (p)->input_channels, .pad_top = (p)->pad_top,                \
    .left_bytes = (p)->pad_left * (p)->input_channels, .zero_point = (p)->input_zero_point,        \
    .ring_rows = (p)->ring_rows, .row_bytes = (p)->row_bytes, .stride_height = (p)->stride_height, \
    .columns = (p)->output_width, .next_slot = 0, .next_row = 0, .slot = 0, .x = 0,                \
    .last_row = ((p)->filter_height - 1) * (p)->dilation_height                                    \
  }

static void td_packed_copy(int8_t *to, const int8_t *from, int32_t count) {
  for (; count >= 4; count -= 4) {
    td_store_word(to, td_load_word(from));
    to += 4;
    from += 4;
  }
  for (; count > 0; count--) {
    *to++ = *from++;
  }
}

static void td_packed_fill(int8_t *to, int32_t value, int32_t count) {
  for (; count > 0; count--) {
    *to++ = (int8_t)value;
  }
}

/* Copies the padded input's rows up to `last_row` to the ring. */
static void td_packed_copy_rows(td_packed_rows *at) {
  const int32_t room = at->row_bytes - at->left_bytes;
  const int32_t copied = at->input_bytes < room ? at->input_bytes : room;
  for (; at->next_row <= at->last_row; at->next_row++) {
    const int32_t y = at->next_row - at->pad_top;
    int8_t *const to = at->ring + at->next_slot * at->row_bytes;
    if (y >= 0 && y < at->input_height) {
      td_packed_fill(to, at->zero_point, at->left_bytes);
      td_packed_copy(to + at->left_bytes, at->input + y * at->input_bytes, copied);
      td_packed_fill(to + at->left_bytes + copied, at->zero_point, room - copied);
    } else {
      td_packed_fill(to, at->zero_point, at->row_bytes);
    }
    at->next_slot = at->next_slot + 1 < at->ring_rows ? at->next_slot + 1 : 0;
  }
}

/* On by `count` pixels, at most to the row's end. */
static inline void td_packed_rows_advance(td_packed_rows *at, int32_t count) {
  at->x += count;
  if (at->x == at->columns) {
    at->x = 0;
    at->last_row += at->stride_height;
    at->slot = (at->slot + at->stride_height) % at->ring_rows;
  }
}

#endif
