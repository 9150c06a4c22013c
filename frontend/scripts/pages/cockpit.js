// The drawings of the cockpit come with a bundle of their own, fetched when the first of them is about to be seen.
const board = document.querySelector('[data-charts]');
const places = board ? board.querySelectorAll('[data-chart]') : [];

if (places.length) {
  const fetchOnce = () => {
    const script = document.createElement('script');
    script.src = board.dataset.charts;
    document.head.append(script);
  };
  const watch = new IntersectionObserver(entries => {
    if (!entries.some(entry => entry.isIntersecting)) return;
    watch.disconnect();
    fetchOnce();
  }, { rootMargin: '200px' });
  watch.observe(board);
}
