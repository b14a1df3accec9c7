#include "td_depthwise_mve_s8.h"

#include "td_fixedpoint.h"
#include "td_mve.h"
#if TD_MVE
#include "td_mve_depthwise_3x3.h"
#endif

#define LANES 4
#define ROWS 4 /* at most, at a time */

/* Places in the plane. */
typedef struct {
  int8_t *plane;
  int32_t pitch; /* of its rows */
#if TD_MVE
  td_mve_depthwise_channel channel;
#endif
} geometry;

/* A channel's constants. */
typedef struct {
  const int8_t *taps;
  int32_t bias;
  int32_t multiplier;
  int32_t shift;
} channel;

/* `count` bytes that are `step` apart. */
static inline void copy_apart(int8_t *to, const int8_t *from, int32_t step, int32_t count) {
#if TD_MVE
  const uint16x8_t offsets = vmulq_n_u16(vidupq_n_u16(0, 1), (uint16_t)step);
  __asm volatile("wlstp.16 lr, %[count], 2f\n"
                 "1:\n\t"
                 "vldrb.u16 q0, [%[from], %q[offsets]]\n\t"
                 "vstrb.16 q0, [%[to]], #8\n\t"
                 "add %[from], %[eight]\n\t"
                 "letp lr, 1b\n"
                 "2:"
                 : [to] "+r"(to), [from] "+r"(from)
                 : [count] "r"(count), [eight] "r"(8 * step), [offsets] "w"(offsets)
                 : "lr", "q0", "memory");
#else
  for (; count > 0; count--) {
    *to++ = *from;
    from += step;
  }
#endif
}

/* What of every stride-th column, from `phase` on, lies in the image. */
typedef struct {
  int32_t skipped; /* bytes of padding before it */
  int32_t offset;  /* in the image's row */
  int32_t count;
} columns;

static columns columns_of(const td_depthwise_mve_s8_params *p, int32_t phase) {
  const int32_t stride = p->stride_width;
  const int32_t origin = phase - p->pad_left;
  const int32_t skipped = origin < 0 ? (stride - 1 - origin) / stride : 0;
  const int32_t x = origin + skipped * stride;
  const int32_t inside = (p->input_width - x + stride - 1) / stride;
  const int32_t room = p->column_bytes - skipped;
  const columns found = {skipped, x * p->input_right, inside < room ? inside : room};
  return found;
}

/* Rows of the plane from `first` to before `end`, whose padding at the sides they have already;
 * the plane's top row is row y of the image. */
static void copy_rows(const td_depthwise_mve_s8_params *p, const geometry *at, const int8_t *input,
                      int32_t y, int32_t first, int32_t end) {
  const int32_t step = p->stride_width * p->input_right;
  int8_t *to = at->plane + first * at->pitch;
  for (int32_t row = first; row < end; row++) {
    if (y + row < 0 || y + row >= p->input_height) {
      td_mve_fill(to, p->input_zero_point, at->pitch);
    }
    to += at->pitch;
  }
  first = first < -y ? -y : first;
  end = end > p->input_height - y ? p->input_height - y : end;
  for (int32_t phase = 0; phase < p->stride_width; phase++) {
    const columns inside = columns_of(p, phase);
    const int8_t *from = input + (y + first) * p->input_down + inside.offset;
    to = at->plane + first * at->pitch + phase * p->column_bytes + inside.skipped;
    for (int32_t row = first; row < end; row++) {
      copy_apart(to, from, step, inside.count);
      to += at->pitch;
      from += p->input_down;
    }
  }
}

#if TD_MVE

#define INLINE static inline __attribute__((always_inline))
#define UNROLL _Pragma("GCC unroll 8")

/* The sums of four outputs in each of `rows` rows. */
INLINE void sum_any(const td_depthwise_mve_s8_params *p, const geometry *at, const channel *c,
                    const int8_t *from, int32_t rows, int32x4_t *sums) {
  const int8_t *tap = c->taps;
  const int32_t down = p->stride_height * at->pitch;
  UNROLL for (int32_t i = 0; i < rows; i++) {
    sums[i] = vdupq_n_s32(c->bias);
  }
  for (int32_t kx = 0; kx < p->filter_width; kx++) {
    const int32_t column = kx * p->dilation_width;
    const int8_t *place =
        from + column % p->stride_width * p->column_bytes + column / p->stride_width;
    for (int32_t ky = 0; ky < p->filter_height; ky++) {
      const int32_t weight = *tap++;
      UNROLL for (int32_t i = 0; i < rows; i++) {
        sums[i] = vmlaq_n_s32(sums[i], vldrbq_s32(place + i * down), weight);
      }
      place += p->dilation_height * at->pitch;
    }
  }
}

INLINE int32x4_t scaled(const channel *c, int32_t linear, int32x4_t sum) {
  int32x4_t value = vqrdmulhq_n_s32(sum, c->multiplier);
  if (linear) {
    value = vaddq_s32(value, vshrq_n_s32(value, 31)); /* ties below zero go down */
  }
  return vrshlq_n_s32(value, c->shift);
}

/* `rows` rows of outputs, the first one's windows beginning at `from`. */
INLINE void put_rows(const td_depthwise_mve_s8_params *p, const geometry *at, const channel *c,
                     const int8_t *from, int32_t rows, int8_t *output) {
  const uint16x8_t places = vldrhq_u16(at->channel.places);
  for (int32_t left = p->output_width; left > 0; left -= LANES) {
    int32x4_t sums[ROWS];
    sum_any(p, at, c, from, rows, sums);
    const mve_pred16_t some = rows > 1 ? 0xffff : 0x3333;
    const mve_pred16_t inside = (mve_pred16_t)(vctp16q(2u * (uint32_t)left) & some);
    UNROLL for (int32_t i = 0; i < rows; i += 2) {
      const int32_t next = rows > 1 ? i + 1 : i;
      int16x8_t values = vqmovnbq_s32(vuninitializedq_s16(), scaled(c, p->linear, sums[i]));
      values = vqmovntq_s32(values, scaled(c, p->linear, sums[next]));
      values = vqaddq_n_s16(values, p->output_zero_point);
      values = (int16x8_t)vqmovnbq_s16((int8x16_t)values, values);
      vstrbq_scatter_offset_p_s16(output + i * p->output_down, places, values, inside);
    }
    from += LANES;
    output += LANES * p->output_right;
  }
}

static __attribute__((noinline)) void put_4_rows(const td_depthwise_mve_s8_params *p,
                                                 const geometry *at, const channel *c,
                                                 const int8_t *from, int8_t *output) {
  put_rows(p, at, c, from, 4, output);
}

static __attribute__((noinline)) void put_1_row(const td_depthwise_mve_s8_params *p,
                                                const geometry *at, const channel *c,
                                                const int8_t *from, int8_t *output) {
  put_rows(p, at, c, from, 1, output);
}

/* What is the same for all channels. */
static void prepare(const td_depthwise_mve_s8_params *p, geometry *at) {
  at->channel.output_zero_point = p->output_zero_point;
  at->channel.linear = p->linear;
  for (int32_t i = 0; i < LANES; i++) {
    at->channel.single[i] = (uint32_t)(i * p->output_right);
    at->channel.places[2 * i] = (uint16_t)(i * p->output_right);
    at->channel.places[2 * i + 1] = (uint16_t)(i * p->output_right + p->output_down);
  }
}

/* `count` rows of outputs from the plane, with windows of 3x3, stride 1 and no dilation. */
static void put_3x3(const td_depthwise_mve_s8_params *p, geometry *at, const channel *c,
                    int32_t count, int8_t *output) {
  const int8_t *from = at->plane;
  td_mve_depthwise_channel *const channel = &at->channel;
  vstrwq_s32(channel->taps, vldrbq_s32(c->taps));
  vstrwq_s32(channel->taps + 4, vldrbq_s32(c->taps + 4));
  channel->taps[8] = c->taps[8];
  channel->bias = c->bias;
  channel->multiplier = c->multiplier;
  channel->shift = c->shift;
  int32_t rows;
  for (; count > 0; count -= rows) {
    rows = count >= 4 ? 4 : count >= 2 ? 2 : 1;
    td_mve_depthwise_rows job;
    for (int32_t i = 0; i < rows + 2; i++) {
      job.rows[i] = from + i * at->pitch;
    }
    job.channel = channel;
    job.outputs[0] = output;
    job.outputs[1] = output + 2 * p->output_down;
    job.step = LANES * p->output_right;
    job.count = p->output_width * (rows > 1 ? 2 : 1);
    if (rows == 4) {
      td_mve_depthwise_4_rows(&job);
    } else if (rows == 2) {
      td_mve_depthwise_2_rows(&job);
    } else {
      td_mve_depthwise_1_row(&job);
    }
    from += rows * at->pitch;
    output += rows * p->output_down;
  }
}

/* `count` rows of outputs from the plane. */
static void put(const td_depthwise_mve_s8_params *p, geometry *at, const channel *c, int32_t count,
                int8_t *output) {
  const int32_t steps = p->stride_height * p->stride_width * p->dilation_height * p->dilation_width;
  if (p->filter_height == 3 && p->filter_width == 3 && steps == 1) {
    put_3x3(p, at, c, count, output);
    return;
  }
  const int8_t *from = at->plane;
  int32_t rows;
  for (; count > 0; count -= rows) {
    rows = count >= ROWS ? ROWS : 1;
    (rows == ROWS ? put_4_rows : put_1_row)(p, at, c, from, output);
    from += rows * p->stride_height * at->pitch;
    output += rows * p->output_down;
  }
}

#else

static void prepare(const td_depthwise_mve_s8_params *p, geometry *at) {
  (void)p;
  (void)at;
}

static int32_t sum_of(const td_depthwise_mve_s8_params *p, const geometry *at, const channel *c,
                      const int8_t *from) {
  uint32_t sum = (uint32_t)c->bias;
  const int8_t *tap = c->taps;
  for (int32_t kx = 0; kx < p->filter_width; kx++) {
    const int32_t column = kx * p->dilation_width;
    const int32_t place = column % p->stride_width * p->column_bytes + column / p->stride_width;
    for (int32_t ky = 0; ky < p->filter_height; ky++) {
      sum += (uint32_t)(from[place + ky * p->dilation_height * at->pitch] * *tap++);
    }
  }
  return (int32_t)sum;
}

/* `count` rows of outputs from the plane. */
static void put(const td_depthwise_mve_s8_params *p, geometry *at, const channel *c, int32_t count,
                int8_t *output) {
  for (int32_t row = 0; row < count; row++) {
    const int8_t *const from = at->plane + row * p->stride_height * at->pitch;
    for (int32_t x = 0; x < p->output_width; x++) {
      const int32_t value = td_requantize(sum_of(p, at, c, from + x), c->multiplier, c->shift);
      output[row * p->output_down + x * p->output_right] =
          (int8_t)td_clamp(value + p->output_zero_point, p->activation_min, p->activation_max);
    }
  }
}

#endif

static int32_t word_at(const int8_t *place) {
  int32_t word;
  memcpy(&word, place, sizeof word);
  return word;
}

void td_depthwise_mve_s8(const td_depthwise_mve_s8_params *p, const int8_t *input,
                         const int8_t *filter, int8_t *output, void *scratch) {
  const int32_t taps = p->filter_height * p->filter_width;
  const int32_t reach = (p->filter_height - 1) * p->dilation_height + 1;
  const int32_t strip_rows = p->strip_rows;
  geometry at;
  at.plane = (int8_t *)scratch;
  at.pitch = p->stride_width * p->column_bytes;
  prepare(p, &at);
  const int32_t plane_rows = (strip_rows - 1) * p->stride_height + reach;
  td_mve_fill(at.plane, p->input_zero_point, plane_rows * at.pitch);
  for (int32_t number = 0; number < p->channels * p->depth_multiplier; number++) {
    const channel c = {filter, word_at(filter + taps), word_at(filter + taps + 4),
                       filter[taps + 8]};
    const int8_t *const from = input + number / p->depth_multiplier;
    int32_t kept = 0; /* rows at the top of the plane that have been copied */
    for (int32_t y = 0; y < p->output_height; y += strip_rows) {
      const int32_t left = p->output_height - y;
      const int32_t count = left < strip_rows ? left : strip_rows;
      const int32_t end = (count - 1) * p->stride_height + reach;
      copy_rows(p, &at, from, y * p->stride_height - p->pad_top, kept, end);
      put(p, &at, &c, count, output + number + y * p->output_down);
      kept = reach > p->stride_height ? reach - p->stride_height : 0;
      memmove(at.plane, at.plane + strip_rows * p->stride_height * at.pitch,
              (size_t)(left > strip_rows ? kept * at.pitch : 0));
    }
    filter += taps + 9;
  }
  if (p->activation_min != INT8_MIN || p->activation_max != INT8_MAX) {
    const int32_t pixels = p->output_height * p->output_width;
    td_mve_clamp(output, pixels * p->channels * p->depth_multiplier, p->activation_min,
                 p->activation_max);
  }
}
