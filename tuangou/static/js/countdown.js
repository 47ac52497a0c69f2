/* Keeps "还剩 5小时" true beside the printed time. Text only and never aria-live: a countdown that speaks is a nuisance.
   <span data-countdown="ISO time" data-at="ISO time of the server" data-day="还剩 {n}天" data-hour data-minute data-over …>;
   data-hour-1 and data-minute-1 are the words for one. Days from two on, then hours; minutes only in the last hour. */
(() => {
  const MINUTE = 60000;
  const marks = [...document.querySelectorAll('[data-countdown]')].map((node) => ({
    node,
    end: Date.parse(node.dataset.countdown),
    ahead: Date.now() - Date.parse(node.dataset.at), // this device's clock against the server's
  }));
  if (!marks.length) return;

  const words = (data, minutes) => {
    if (minutes <= 0) return data.over;
    const [unit, n] = minutes < 60 ? ['minute', minutes]
      : minutes < 2880 ? ['hour', Math.floor(minutes / 60)] : ['day', Math.floor(minutes / 1440)];
    return ((n === 1 && data[unit + '-1']) || data[unit]).replace('{n}', n);
  };

  const tick = () => marks.forEach(({ node, end, ahead }) => {
    const text = words(node.dataset, Math.ceil((end - (Date.now() - ahead)) / MINUTE));
    if (text && node.textContent !== text) node.textContent = text;
  });

  tick();
  setInterval(tick, 15000);
  document.addEventListener('visibilitychange', () => { if (!document.hidden) tick(); });
})();
