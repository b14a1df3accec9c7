#include "td_average_pool_2d_s8.h"

#include "td_dsp_dw.h"
#include "td_fixedpoint.h"
#include "td_pool.h"

static inline int32_t mean(int32_t sum, int32_t count) {
  const int32_t half = count / 2;
  const int32_t sign = sum >> 31;
  return (sum + (half ^ sign) - sign) / count;
}

#if TD_DSP
#define LANE_SUMMANDS 256 /* int8 values whose sum fits 16 bits */

/* A byte in all four places. */
static uint32_t four_times(int32_t byte) {
  return (uint32_t)(uint8_t)byte * 0x01010101u;
}

static inline void add_lanes(uint32_t even, uint32_t odd, int32_t *sums) {
  sums[0] += td_low(even);
  sums[1] += td_low(odd);
  sums[2] += td_high(even);
  sums[3] += td_high(odd);
}

/* Sums of a window in four channels from `c` on. */
__attribute__((noinline)) static void sum_many(const td_pool_window *window, int32_t c,
                                               int32_t channels, int32_t *sums) {
  const int8_t *pixel = window->first + c;
  sums[0] = sums[1] = sums[2] = sums[3] = 0;
  for (int32_t row = 0; row < window->height; row++) {
    for (int32_t left = window->width; left > 0; left -= LANE_SUMMANDS) {
      uint32_t even = 0;
      uint32_t odd = 0;
      for (int32_t i = left < LANE_SUMMANDS ? left : LANE_SUMMANDS; i > 0; i--) {
        const uint32_t word = td_load_word(pixel);
        even = td_sxtab16(even, word);
        odd = td_sxtab16_odd(odd, word);
        pixel += channels;
      }
      add_lanes(even, odd, sums);
    }
    pixel += window->next_row;
  }
}

/* Four means as bytes. */
static inline uint32_t means(int32_t s0, int32_t s1, int32_t s2, int32_t s3, int32_t count) {
  const uint32_t low = ((uint32_t)mean(s0, count) & 0xffu) | (uint32_t)mean(s1, count) << 8;
  const uint32_t high = ((uint32_t)mean(s2, count) & 0xffu) | (uint32_t)mean(s3, count) << 8;
  return (low & 0xffffu) | high << 16;
}

/* Four channels of an output pixel. */
static inline uint32_t pool_four(const td_pool_window *window, int32_t c, int32_t channels,
                                 uint32_t low, uint32_t high) {
  const int32_t count = window->pixels;
  int32_t s0;
  int32_t s1;
  int32_t s2;
  int32_t s3;
  if (count <= LANE_SUMMANDS) {
    const int8_t *pixel = window->first + c;
    uint32_t even = 0;
    uint32_t odd = 0;
    const int32_t row = window->width * channels;
    for (int32_t rows = window->height; rows > 0; rows--) {
      const int8_t *const row_end = pixel + row;
      do {
        const uint32_t word = td_load_word(pixel);
        even = td_sxtab16(even, word);
        odd = td_sxtab16_odd(odd, word);
        pixel += channels;
      } while (pixel != row_end);
      pixel += window->next_row;
    }
    s0 = td_low(even);
    s1 = td_low(odd);
    s2 = td_high(even);
    s3 = td_high(odd);
  } else {
    int32_t sums[4];
    sum_many(window, c, channels, sums);
    s0 = sums[0];
    s1 = sums[1];
    s2 = sums[2];
    s3 = sums[3];
  }
  return td_min8(td_max8(means(s0, s1, s2, s3, count), low), high);
}
#endif

/* One channel of an output pixel. */
static __attribute__((noinline)) int8_t pool_one(const td_average_pool_2d_s8_params *p,
                                                 const td_pool_window *window, int32_t c,
                                                 int32_t channels) {
  const int8_t *pixel = window->first + c;
  int32_t sum = 0;
  for (int32_t rows = window->height; rows > 0; rows--) {
    for (int32_t left = window->width; left > 0; left--) {
      sum += *pixel;
      pixel += channels;
    }
    pixel += window->next_row;
  }
  return (int8_t)td_clamp(mean(sum, window->pixels), p->activation_min, p->activation_max);
}

TD_INLINE void pool_pixel(const td_average_pool_2d_s8_params *p, const td_pool_row *at,
                          const td_pool_window *window, const int8_t *end, int8_t *output) {
  const int32_t channels = p->channels;
  int32_t c = 0;
#if TD_DSP
  const uint32_t low = four_times(p->activation_min);
  const uint32_t high = four_times(p->activation_max);
  const int words = channels >= 4 || td_pool_has_words(at, window, channels, end);
  for (; words && c < channels; c += 4) {
    const int32_t first = td_pool_four(c, channels);
    td_pool_store(output + first, pool_four(window, first, channels, low, high), channels);
  }
#else
  (void)at;
  (void)end;
#endif
  for (; c < channels; c++) {
    output[c] = pool_one(p, window, c, channels);
  }
}

void td_average_pool_2d_s8(const td_average_pool_2d_s8_params *p, const int8_t *input,
                           int8_t *output) {
  const int32_t input_size = p->input_height * p->input_width * p->channels;
  const int8_t *const end = input + p->batches * input_size;
  for (int32_t batch = 0; batch < p->batches; batch++) {
    for (int32_t y = 0; y < p->output_height; y++) {
      const td_pool_row at = TD_POOL_ROW_OF(p, input, y);
      for (int32_t x = 0; x < p->output_width; x++) {
        const td_pool_window window = TD_POOL_WINDOW_OF(p, &at, x);
        if (p->channels == 1) {
          *output = pool_one(p, &window, 0, 1);
        } else {
          pool_pixel(p, &at, &window, end, output);
        }
        output += p->channels;
      }
    }
    input += input_size;
  }
}
