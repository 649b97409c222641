/** What the page looks like before the first state has come. No value is ever put in here. */
export const pageBody = `<header class="top">
  <div class="brand">
    <svg class="coin" viewBox="0 0 32 32" aria-hidden="true"><circle cx="16" cy="16" r="15" class="rim"/><circle cx="16" cy="16" r="12" class="face"/><path d="M11 10h10l-9 12h10" class="letter"/></svg>
    <div>
      <h1>Zecchino sandbox</h1>
      <p>Venice’s video and wallet API, of your own. It checks every signature; the money is not real.</p>
    </div>
  </div>
  <dl class="facts" id="facts"></dl>
</header>
<p class="banner" id="banner" role="alert" hidden></p>

<section class="strip" aria-label="Summary">
  <div class="clock">
    <span class="label">Simulated time</span>
    <span class="value" id="now">–</span>
    <div class="buttons" id="advance" aria-label="Advance the simulated time">
      <button type="button" data-ms="60000">+1 min</button>
      <button type="button" data-ms="600000">+10 min</button>
      <button type="button" data-ms="3600000">+1 h</button>
      <button type="button" data-ms="86400000">+1 day</button>
    </div>
  </div>
  <dl class="tiles" id="tiles"></dl>
</section>

<main>
  <div class="wide">
    <section class="card" aria-labelledby="videos-title">
      <div class="head"><h2 id="videos-title">Videos</h2><span class="count" id="videos-count"></span></div>
      <p class="empty" id="videos-empty">No video has been asked for yet.</p>
      <div class="videos" id="videos"></div>
      <button type="button" class="more" id="videos-more" hidden></button>
    </section>

    <section class="card" aria-labelledby="requests-title">
      <div class="head">
        <h2 id="requests-title">Requests</h2><span class="count" id="requests-count"></span>
        <div class="tabs" id="requests-filter" role="group" aria-label="Which requests">
          <button type="button" data-filter="all" aria-pressed="true">All</button>
          <button type="button" data-filter="refused" aria-pressed="false">Refused</button>
          <button type="button" data-filter="fault" aria-pressed="false">Spoiled by a fault</button>
        </div>
        <input id="requests-search" type="search" placeholder="Search path, verdict, wallet" aria-label="Search requests">
      </div>
      <p class="empty" id="requests-empty">Nothing matches.</p>
      <div class="start" id="start" hidden>
        <p>Nobody has called yet. Point a client here, or begin with what needs no wallet:</p>
        <pre id="start-code"></pre>
      </div>
      <ol class="log" id="requests"></ol>
    </section>

    <section class="card" aria-labelledby="trail-title">
      <div class="head">
        <h2 id="trail-title">Money trail</h2>
        <div class="tabs" id="trail-tabs" role="tablist" aria-label="Which records">
          <button type="button" role="tab" id="tab-transfers" aria-controls="transfers" aria-selected="true">Chain transfers</button>
          <button type="button" role="tab" id="tab-settlements" aria-controls="settlements" aria-selected="false">Payments</button>
          <button type="button" role="tab" id="tab-rows" aria-controls="rows" aria-selected="false">Credit</button>
        </div>
      </div>
      <div class="panel" id="transfers" role="tabpanel" aria-labelledby="tab-transfers"></div>
      <div class="panel" id="settlements" role="tabpanel" aria-labelledby="tab-settlements" hidden></div>
      <div class="panel" id="rows" role="tabpanel" aria-labelledby="tab-rows" hidden></div>
    </section>
  </div>

  <div class="side">
    <section class="card" aria-labelledby="wallets-title">
      <div class="head"><h2 id="wallets-title">Wallets</h2><span class="count" id="wallets-count"></span></div>
      <p class="empty" id="wallets-empty">No wallet is known. Fund one to begin.</p>
      <ul class="wallets" id="wallets"></ul>
      <form class="give" id="give" autocomplete="off">
        <label class="grow">Wallet
          <input name="address" list="addresses" placeholder="0x…" required pattern="0x[0-9a-fA-F]{40}" title="0x and 40 hex digits" spellcheck="false">
        </label>
        <datalist id="addresses"></datalist>
        <label>USD
          <input name="usd" value="20" required inputmode="decimal" pattern="[0-9]{1,9}([.][0-9]{1,6})?" title="a decimal number such as 5 or 0.25">
        </label>
        <div class="buttons">
          <button type="submit" value="fund">Fund with USDC</button>
          <button type="submit" value="credit">Give credit</button>
        </div>
      </form>
    </section>

    <section class="card" aria-labelledby="faults-title">
      <div class="head">
        <h2 id="faults-title">Faults</h2><span class="count" id="faults-count"></span>
        <button type="button" class="quiet" id="faults-clear" hidden>Clear all</button>
      </div>
      <ul class="active" id="active"></ul>
      <input id="faults-search" type="search" placeholder="What should go wrong?" aria-label="Search faults">
      <ul class="kinds" id="kinds"></ul>
    </section>

    <section class="card danger" aria-labelledby="reset-title">
      <div class="head"><h2 id="reset-title">Start over</h2></div>
      <p>Forgets wallets, credit, transfers, jobs, requests and faults.</p>
      <button type="button" id="reset">Reset the sandbox</button>
    </section>
  </div>
</main>
<p class="toast" id="toast" role="status" aria-live="polite"></p>`
